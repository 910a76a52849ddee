package core_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// workload is the work of one run.
type workload struct {
	items           int
	workers         int
	continueOnError bool
	process         processFunc
}

// processFunc processes the items from lo to hi and returns a result for each. Items
// are their own indexes.
type processFunc func(ctx context.Context, lo, hi int) ([]int, error)

// workloadChunk is the size of chunks of a workload.
const workloadChunk = 3

func (w workload) executor(opts ...core.Option) *core.Executor {
	opts = append([]core.Option{core.WithName("job"), core.WithWorkers(w.workers), core.WithChunkSize(workloadChunk)}, opts...)
	if w.continueOnError {
		opts = append(opts, core.WithContinueOnError())
	}
	return core.NewExecutor(opts...)
}

// runForm is one of the functions of core that run user code, with a uniform signature.
type runForm struct {
	name     string
	perChunk bool // the user's function takes a chunk, whose items fail together
	stream   bool // results are yielded, and the total is unknown
	ownLoop  bool // the caller has the loop and calls Run.Chunk
	run      func(ctx context.Context, e *core.Executor, w workload) formResult
}

// formResult is what the caller of a form gets.
type formResult struct {
	values      []int
	errs        []error // of a stream: the error of each value, for failures in place
	err         error   // returned, or yielded last; nil for Start
	failedCalls []callFailure
}

// callFailure is a call of Run.Chunk that did not return nil.
type callFailure struct {
	lo         int
	err        error // the returned one
	panicValue any
	goexited   bool
}

// singleResult returns the result of a processFunc for one item.
func singleResult(values []int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return values[0], nil
}

func runForms() []runForm {
	return []runForm{
		{name: "Map", run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			result.values, result.err = core.Map(ctx, e, indexes(w.items), func(ctx context.Context, i int) (int, error) {
				return singleResult(w.process(ctx, i, i+1))
			})
			return result
		}},
		{name: "ForEach", run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			result.values = make([]int, w.items)
			result.err = core.ForEach(ctx, e, indexes(w.items), func(ctx context.Context, i int) (err error) {
				result.values[i], err = singleResult(w.process(ctx, i, i+1))
				return err
			})
			return result
		}},
		{name: "MapChunks", perChunk: true, run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			result.values, result.err = core.MapChunks(ctx, e, indexes(w.items), func(ctx context.Context, in []int) ([]int, error) {
				return w.process(ctx, in[0], in[0]+len(in))
			})
			return result
		}},
		{name: "ForEachChunk", perChunk: true, run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			result.values = make([]int, w.items)
			result.err = core.ForEachChunk(ctx, e, indexes(w.items), func(ctx context.Context, in []int) error {
				out, err := w.process(ctx, in[0], in[0]+len(in))
				copy(result.values[in[0]:], out)
				return err
			})
			return result
		}},
		{name: "Stream", stream: true, run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			src := core.FromSeq(slices.Values(indexes(w.items)))
			for v, err := range core.Stream(ctx, e, src, func(ctx context.Context, i int) (int, error) {
				return singleResult(w.process(ctx, i, i+1))
			}) {
				result.addYielded(v, err)
			}
			return result
		}},
		{name: "StreamChunks", stream: true, perChunk: true, run: func(ctx context.Context, e *core.Executor, w workload) (result formResult) {
			src := core.FromSeq(slices.Values(indexes(w.items)))
			for v, err := range core.StreamChunks(ctx, e, src, func(ctx context.Context, in []int) ([]int, error) {
				return w.process(ctx, in[0], in[0]+len(in))
			}) {
				result.addYielded(v, err)
			}
			return result
		}},
		{name: "Start", perChunk: true, ownLoop: true, run: runOwnLoop},
	}
}

// addYielded adds a value of a stream and its error, or the run's error. It calls
// no method of a user's error.
func (result *formResult) addYielded(v int, err error) {
	switch err.(type) { //nolint:errorlint // the stream's own wrappers, never deeper ones
	case nil, *core.ItemError, *core.ChunkError:
		result.values, result.errs = append(result.values, v), append(result.errs, err)
	default:
		result.err = err
	}
}

// runOwnLoop is a loop that a user of Executor.Start might write. Goroutines process
// chunks until none is left or, without continueOnError, until one fails.
func runOwnLoop(ctx context.Context, e *core.Executor, w workload) formResult {
	ctx, r := e.Start(ctx, w.items)
	result := formResult{values: make([]int, w.items)}
	var (
		next  atomic.Int64
		stop  atomic.Bool
		mu    sync.Mutex
		loops sync.WaitGroup
		loop  func()
	)
	failed := func(b callFailure) {
		mu.Lock()
		defer mu.Unlock()
		result.failedCalls = append(result.failedCalls, b)
		if !w.continueOnError {
			stop.Store(true)
		}
	}
	loop = func() {
		at, returned := 0, false
		defer loops.Done()
		defer func() {
			if !returned {
				value := recover()
				failed(callFailure{lo: at, panicValue: value, goexited: value == nil})
				loops.Add(1)
				go loop()
			}
		}()
		for !stop.Load() {
			at = int(next.Add(workloadChunk)) - workloadChunk
			hi := min(at+workloadChunk, w.items)
			if at >= hi {
				break
			}
			err := r.Chunk(ctx, hi-at, func(ctx context.Context) error {
				out, err := w.process(ctx, at, hi)
				copy(result.values[at:], out)
				return err
			})
			if err != nil {
				failed(callFailure{lo: at, err: err})
			}
		}
		returned = true
	}
	loops.Add(w.workers)
	for range w.workers {
		go loop()
	}
	loops.Wait()
	r.End(nil)
	return result
}

// square is a processFunc that always succeeds.
func square(_ context.Context, lo, hi int) ([]int, error) {
	var out []int
	for i := lo; i < hi; i++ {
		out = append(out, valueOf(i))
	}
	return out, nil
}
