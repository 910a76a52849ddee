package core_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

// programRun is one run of a program, and its result.
type programRun struct {
	p        program
	cancel   context.CancelCauseFunc
	canceled atomic.Bool
	added    atomic.Int64 // to testRows
	lost     atomic.Int64 // remote workers

	mu       sync.Mutex
	calls    []itemRange
	returned []itemRange // calls that returned without an error

	states []itemState
	err    error // the run's error, where the caller gets one
	parts  []itemRange
}

func (r *programRun) execute(hooks ...core.Hook) {
	p := r.p
	opts := []core.Option{
		core.WithName("property"), core.WithWorkers(p.workers), core.WithTargetChunkDuration(p.target),
		core.WithLogger(slog.New(slog.DiscardHandler)), core.WithItemName(rowName),
	}
	if p.size > 0 {
		opts = append(opts, core.WithChunkSize(p.size))
	}
	if p.continueOnError {
		opts = append(opts, core.WithContinueOnError())
	}
	if p.maxFailed >= 0 {
		opts = append(opts, core.WithMaxFailedItems(p.maxFailed))
	}
	if p.maxRatio < 1 {
		opts = append(opts, core.WithMaxFailedRatio(p.maxRatio))
	}
	e := core.NewExecutor(opts...)
	e.Register(hooks...)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	r.cancel = cancel
	r.states = make([]itemState, len(p.actions))

	in := indexes(len(p.actions))
	switch p.form {
	case "Map":
		out, err := core.Map(ctx, e, in, r.item)
		r.collect(out, err)
	case "ForEach":
		r.collect(nil, core.ForEach(ctx, e, in, func(ctx context.Context, i int) error {
			_, err := r.item(ctx, i)
			return err
		}))
	case "MapChunks":
		out, err := core.MapChunks(ctx, e, in, r.chunk)
		r.collect(out, err)
	case "ForEachChunk":
		r.collect(nil, core.ForEachChunk(ctx, e, in, func(ctx context.Context, in []int) error {
			_, err := r.chunk(ctx, in)
			return err
		}))
	case "Stream":
		r.drain(core.Stream(ctx, e, core.FromSeq(slices.Values(in)), r.item))
	case "StreamChunks":
		r.drain(core.StreamChunks(ctx, e, core.FromSeq(slices.Values(in)), r.chunk))
	case "Start":
		r.loop(ctx, e, in)
	}
}

// act does the action of item i.
func (r *programRun) act(ctx context.Context, i int) error {
	testRows.Add(ctx, int64(i+1))
	r.added.Add(int64(i + 1))
	switch r.p.actions[i] {
	case actionError:
		return indexError(i)
	case actionPanic:
		panic(indexError(i))
	case actionGoexit:
		runtime.Goexit()
	case actionSleep:
		time.Sleep(time.Duration(1+i%7) * time.Millisecond)
	case actionWait:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	case actionRemote:
		remote.Waiting(ctx)
		time.Sleep(time.Millisecond)
		remote.Started(ctx)
		r.lost.Add(1)
		remote.Report(ctx, remote.Result{Worker: "host", Attempts: 2, Lost: 1})
	case actionCancel:
		r.canceled.Store(true)
		r.cancel(errItemStop)
	}
	return nil
}

func (r *programRun) add(list *[]itemRange, part itemRange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*list = append(*list, part)
}

// item is the user's function for items.
func (r *programRun) item(ctx context.Context, i int) (int, error) {
	r.add(&r.calls, itemRange{i, i + 1})
	if err := r.act(ctx, i); err != nil {
		return 0, err
	}
	r.add(&r.returned, itemRange{i, i + 1})
	return valueOf(i), nil
}

// chunk is the user's function for chunks.
func (r *programRun) chunk(ctx context.Context, in []int) ([]int, error) {
	part := itemRange{in[0], in[0] + len(in)}
	r.add(&r.calls, part)
	out := make([]int, len(in))
	for k, i := range in {
		if err := r.act(ctx, i); err != nil {
			return nil, err
		}
		out[k] = valueOf(i)
	}
	r.add(&r.returned, part)
	return out, nil
}

// set sets the state of items.
func (r *programRun) set(part itemRange, state itemState) {
	for i := part.lo; i < min(part.hi, len(r.states)); i++ {
		r.states[i] = state
	}
}

// collect derives the states from the results of Map, ForEach and their chunk forms.
func (r *programRun) collect(out []int, err error) {
	r.err = err
	var failed *core.RunError
	errors.As(err, &failed)
	for i := range r.states {
		switch {
		case failed != nil && failed.Failed(i):
			r.states[i] = itemFailed
		case failed != nil && failed.Unfinished(i):
		case out == nil || out[i] == valueOf(i): // otherwise unfinished, and the error does not say it
			r.states[i] = itemSucceeded
		}
	}
}

// drain derives the states from a stream: values and errors in place, then at most one
// error of the run with the failures that it keeps.
func (r *programRun) drain(results iter.Seq2[int, error]) {
	next := 0
	for v, err := range results {
		var failed *core.RunError
		switch {
		case r.err != nil:
			r.err = fmt.Errorf("the stream went on after its error: %d, %w", v, err)
			return
		case err == nil && v == valueOf(next):
			r.set(itemRange{next, next + 1}, itemSucceeded)
			next++
		case err == nil || v != 0:
			r.err = fmt.Errorf("result %d is %d, %w", next, v, err)
			return
		case errors.As(err, &failed):
			r.err = err
			for _, kept := range failed.Errors {
				if part := failedRange(kept); part.lo >= next {
					r.set(part, itemFailed)
				}
			}
		default:
			part := failedRange(err)
			r.set(part, itemFailed)
			next = part.hi
		}
	}
}

// failedRange returns the items of an *ItemError or *ChunkError.
func failedRange(err error) itemRange {
	if e, ok := errors.AsType[*core.ItemError](err); ok {
		return itemRange{e.Index, e.Index + 1}
	}
	if e, ok := errors.AsType[*core.ChunkError](err); ok {
		return itemRange{e.Offset, e.Offset + e.Items}
	}
	return itemRange{}
}

// loop is a loop of the caller's over Run.Chunk, with several goroutines.
func (r *programRun) loop(ctx context.Context, e *core.Executor, in []int) {
	ctx, run := e.Start(ctx, len(in))
	defer run.End(nil)
	parts := r.p.split(len(in))
	var next atomic.Int64
	var stop atomic.Bool
	var workers sync.WaitGroup
	for range r.p.workers {
		workers.Go(func() {
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(parts) {
					return
				}
				state := r.call(ctx, run, in[parts[i].lo:parts[i].hi])
				r.mu.Lock()
				r.set(parts[i], state)
				r.mu.Unlock()
				if state == itemFailed && !r.p.goesOn() {
					stop.Store(true)
				}
			}
		})
	}
	workers.Wait()
}

// call runs one chunk on a goroutine that may panic or exit, because of a hook too. The
// function knows the state of the chunk.
func (r *programRun) call(ctx context.Context, run *core.Run, in []int) itemState {
	state := itemUnfinished
	onNewGoroutine(func() {
		defer func() { _ = recover() }()
		_ = run.Chunk(ctx, len(in), func(ctx context.Context) error {
			state = itemFailed // if it does not return
			_, err := r.chunk(ctx, in)
			switch {
			case err == nil:
				state = itemSucceeded
			case errors.Is(err, context.Canceled):
				state = itemUnfinished
			}
			return err
		})
	})
	return state
}

// onNewGoroutine runs f on a new goroutine, which f may exit, and waits for it.
func onNewGoroutine(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}
