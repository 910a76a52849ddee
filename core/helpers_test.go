package core_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// What items of the tests fail with, and what their contexts are cancelled with.
var (
	errBoom = errors.New("boom")
	errStop = errors.New("stop asked for")
)

// tap is a hook for every moment: all of them go to act, whose result only
// counts for starts.
type funcHook struct {
	name     string
	onMoment func(ctx context.Context, m core.Moment, event any) context.Context
}

func (h *funcHook) HookName() string { return h.name }
func (h *funcHook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	return h.onMoment(ctx, core.MomentRunStart, e)
}

func (h *funcHook) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	return h.onMoment(ctx, core.MomentChunkStart, e)
}
func (h *funcHook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	h.onMoment(ctx, core.MomentRunEnd, e)
}
func (h *funcHook) OnWorkerStart(ctx context.Context, e core.WorkerStart) {
	h.onMoment(ctx, core.MomentWorkerStart, e)
}

func (h *funcHook) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	h.onMoment(ctx, core.MomentWorkerEnd, e)
}

func (h *funcHook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	h.onMoment(ctx, core.MomentChunkEnd, e)
}

func (h *funcHook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.onMoment(ctx, core.MomentItemFailure, e)
}

func (h *funcHook) OnProgress(ctx context.Context, e core.Progress) {
	h.onMoment(ctx, core.MomentProgress, e)
}
func (h *funcHook) OnAnomaly(ctx context.Context, e core.Anomaly) {
	h.onMoment(ctx, core.MomentAnomaly, e)
}
func (h *funcHook) OnFault(ctx context.Context, e core.Fault) { h.onMoment(ctx, core.MomentFault, e) }

// tapAt is a tap that acts at one moment only.
func hookAt(name string, at core.Moment, onMoment func(ctx context.Context, event any) context.Context) *funcHook {
	return &funcHook{name, func(ctx context.Context, m core.Moment, event any) context.Context {
		if m == at {
			return onMoment(ctx, event)
		}
		return ctx
	}}
}

// raisedMoments are the moments at which an executor calls a tap. Nothing
// raises an anomaly yet.
var calledMoments = []core.Moment{
	core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart, core.MomentItemFailure, core.MomentChunkEnd,
	core.MomentProgress, core.MomentFault, core.MomentWorkerEnd, core.MomentRunEnd,
}

// namedRecorder is a Recorder with a name of its own.
type namedRecorder struct {
	*hooktest.Recorder
	name string
}

func (r namedRecorder) HookName() string { return r.name }

// onlyOne returns the only event of a kind.
func onlyOne[E hooktest.AnyEvent](t *testing.T, rec *hooktest.Recorder) E {
	t.Helper()
	found := hooktest.Of[E](rec)
	if len(found) != 1 {
		t.Fatalf("%d events of type %T, want 1", len(found), *new(E))
	}
	return found[0]
}

// checkPairs checks that every start has exactly one end after it, and that each
// run has this many workers.
func checkPairs(t *testing.T, rec *hooktest.Recorder, workers int) {
	t.Helper()
	for _, problem := range rec.Unpaired() {
		t.Error(problem)
	}
	type id struct {
		kind, run string
		worker    int
	}
	starts, chunks := map[id]int{}, map[core.ChunkStart]bool{}
	for _, event := range rec.Events() {
		switch e := event.Value.(type) {
		case core.RunStart:
			starts[id{"run", e.RunID, 0}]++
		case core.WorkerStart:
			starts[id{"worker", e.RunID, e.Worker}]++
		case core.ChunkStart:
			if chunks[e] {
				t.Errorf("started twice: %+v", e)
			}
			chunks[e] = true
		case core.ChunkEnd:
			if !chunks[e.ChunkStart] {
				t.Errorf("ended without this start: %+v", e.ChunkStart)
			}
		}
	}
	for id, n := range starts {
		if n > 1 {
			t.Errorf("%s %d of run %q started %d times", id.kind, id.worker, id.run, n)
		}
	}
	runs, started := len(hooktest.Of[core.RunStart](rec)), len(hooktest.Of[core.WorkerStart](rec))
	if runs == 0 || started != workers*runs {
		t.Errorf("%d workers in %d runs, want %d each", started, runs, workers)
	}
}

// logBook is a slog handler that keeps the attributes of each line.
type logRecorder struct {
	mu    sync.Mutex
	lines []map[string]string
}

func (l *logRecorder) logger() *slog.Logger                     { return slog.New(l) }
func (l *logRecorder) Enabled(context.Context, slog.Level) bool { return true }
func (l *logRecorder) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logRecorder) WithGroup(string) slog.Handler            { return l }
func (l *logRecorder) Handle(_ context.Context, r slog.Record) error { // the signature is slog's
	line := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		line[a.Key] = a.Value.String()
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
	return nil
}

// of returns the lines about a hook.
func (l *logRecorder) linesOf(hook string) []map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.lines), func(line map[string]string) bool { return line["hook"] != hook })
}

// job is what a flavour is asked to do.
type workload struct {
	items           int
	workers         int
	continueOnError bool
	process         processFunc
}

// unitFunc works on the items from lo to hi, the indexes being the items, and
// returns a result for each.
type processFunc func(ctx context.Context, lo, hi int) ([]int, error)

const workloadChunk = 3 // items in a chunk of a job

func (w workload) executor(opts ...core.Option) *core.Executor {
	opts = append([]core.Option{core.WithName("job"), core.WithWorkers(w.workers), core.WithChunkSize(workloadChunk)}, opts...)
	if w.continueOnError {
		opts = append(opts, core.WithContinueOnError())
	}
	return core.NewExecutor(opts...)
}

// flavour is one of the ways to run a function over items, made uniform.
type runForm struct {
	name     string
	perChunk bool // the function takes a chunk, whose items fail together
	stream   bool // results are yielded, the total is not known
	ownLoop  bool // the loop is the caller's
	run      func(ctx context.Context, e *core.Executor, w workload) formResult
}

// answer is what the caller of a flavour gets.
type formResult struct {
	values      []int
	errs        []error // of a stream: beside the values, for failures in place
	err         error   // what was returned, or yielded last; nil for an own loop
	failedCalls []callFailure
}

// breakage is a call of Run.Chunk that did not return nil.
type callFailure struct {
	lo         int
	err        error // returned
	panicValue any   // panicked with
	goexited   bool  // ended its goroutine
}

// pick returns the result of a unit of one item.
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

func (result *formResult) addYielded(v int, err error) {
	if _, last := errors.AsType[*core.RunError](err); last || errors.Is(err, core.ErrShutdown) {
		result.err = err
		return
	}
	result.values, result.errs = append(result.values, v), append(result.errs, err)
}

// ownLoop is what a user of Executor.Start might write: some goroutines take
// chunks until there are no more or, unless the job goes on, one failed.
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

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// valueOf is the result of item i; never zero, which stands for no result.
func valueOf(i int) int { return i*i + 1 }

// square is a unit that always succeeds.
func square(_ context.Context, lo, hi int) ([]int, error) {
	var out []int
	for i := lo; i < hi; i++ {
		out = append(out, valueOf(i))
	}
	return out, nil
}

// fate is what truly became of an item.
type itemState uint8

const (
	itemUnfinished itemState = iota
	itemSucceeded
	itemFailed
)

// ledger notes the fate of each item, as the function itself sees it.
type itemTracker struct {
	mu      sync.Mutex
	changed sync.Cond
	states  []itemState
}

func newItemTracker(n int) *itemTracker {
	t := &itemTracker{states: make([]itemState, n)}
	t.changed.L = &t.mu
	return t
}

// unit makes a unit of a function of one item, whose fate it notes.
func (t *itemTracker) process(item func(ctx context.Context, i, unit int) error) processFunc {
	return func(ctx context.Context, lo, hi int) (out []int, err error) {
		state := itemFailed // should item panic or exit
		defer func() { t.set(lo, hi, state) }()
		for i := lo; i < hi; i++ {
			if err := item(ctx, i, hi-lo); err != nil {
				if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
					state = itemUnfinished
				}
				return nil, err
			}
			out = append(out, valueOf(i))
		}
		state = itemSucceeded
		return out, nil
	}
}

func (t *itemTracker) set(lo, hi int, f itemState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := lo; i < hi; i++ {
		t.states[i] = f
	}
	t.changed.Broadcast()
}

// await waits until so many items have finished.
func (t *itemTracker) waitFor(finished int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.count(itemSucceeded)+t.count(itemFailed) < finished {
		t.changed.Wait()
	}
}

// count counts the items of a fate. The caller holds the lock, or the run is over.
func (t *itemTracker) count(f itemState) int {
	n := 0
	for _, have := range t.states {
		if have == f {
			n++
		}
	}
	return n
}

// until returns the first item with one of the fates, or their number.
func (t *itemTracker) firstIndex(fates ...itemState) int {
	if i := slices.IndexFunc(t.states, func(f itemState) bool { return slices.Contains(fates, f) }); i >= 0 {
		return i
	}
	return len(t.states)
}

// mustRunError returns the *RunError in err.
func mustRunError(t *testing.T, err error) *core.RunError {
	t.Helper()
	e, ok := errors.AsType[*core.RunError](err)
	if !ok {
		t.Fatalf("the error is %T (%v), want a *RunError", err, err)
	}
	return e
}

// panicOf calls f and returns what it panics with, nil if it does not.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
