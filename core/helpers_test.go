package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// What items of the tests fail with, and what their contexts are cancelled with.
var (
	errBoom = errors.New("boom")
	errStop = errors.New("stop asked for")
)

// tap is a hook for every moment: all of them go to act, whose result only
// counts for starts.
type tap struct {
	name string
	act  func(ctx context.Context, m core.Moment, event any) context.Context
}

func (h *tap) HookName() string { return h.name }
func (h *tap) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	return h.act(ctx, core.MomentRunStart, e)
}

func (h *tap) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	return h.act(ctx, core.MomentChunkStart, e)
}
func (h *tap) OnRunEnd(ctx context.Context, e core.RunEnd) { h.act(ctx, core.MomentRunEnd, e) }
func (h *tap) OnWorkerStart(ctx context.Context, e core.WorkerStart) {
	h.act(ctx, core.MomentWorkerStart, e)
}

func (h *tap) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	h.act(ctx, core.MomentWorkerEnd, e)
}

func (h *tap) OnChunkEnd(ctx context.Context, e core.ChunkEnd) { h.act(ctx, core.MomentChunkEnd, e) }

func (h *tap) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.act(ctx, core.MomentItemFailure, e)
}

func (h *tap) OnProgress(ctx context.Context, e core.Progress) { h.act(ctx, core.MomentProgress, e) }
func (h *tap) OnAnomaly(ctx context.Context, e core.Anomaly)   { h.act(ctx, core.MomentAnomaly, e) }
func (h *tap) OnFault(ctx context.Context, e core.Fault)       { h.act(ctx, core.MomentFault, e) }

// tapAt is a tap that acts at one moment only.
func tapAt(name string, at core.Moment, act func(ctx context.Context, event any) context.Context) *tap {
	return &tap{name, func(ctx context.Context, m core.Moment, event any) context.Context {
		if m == at {
			return act(ctx, event)
		}
		return ctx
	}}
}

// raisedMoments are the moments at which an executor calls a tap. Nothing
// raises an anomaly yet.
var raisedMoments = []core.Moment{
	core.MomentRunStart, core.MomentWorkerStart, core.MomentChunkStart, core.MomentItemFailure, core.MomentChunkEnd,
	core.MomentProgress, core.MomentFault, core.MomentWorkerEnd, core.MomentRunEnd,
}

// witness is a hook that keeps all it is told.
type witness struct {
	*tap
	mu   sync.Mutex
	told []any
}

func newWitness(name string) *witness {
	w := &witness{}
	w.tap = &tap{name, func(ctx context.Context, _ core.Moment, event any) context.Context {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.told = append(w.told, event)
		return ctx
	}}
	return w
}

// toldOf returns the events of one kind, in the order they came.
func toldOf[E any](w *witness) []E {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []E
	for _, event := range w.told {
		if e, ok := event.(E); ok {
			found = append(found, e)
		}
	}
	return found
}

// onlyOne returns the only event of a kind.
func onlyOne[E any](t *testing.T, w *witness) E {
	t.Helper()
	found := toldOf[E](w)
	if len(found) != 1 {
		t.Fatalf("hook %q was told %T %d times, want once", w.name, *new(E), len(found))
	}
	return found[0]
}

// checkPairs fails unless every start has exactly one end, after it, in runs
// of so many workers.
func (w *witness) checkPairs(t *testing.T, workers int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	open, starts := map[string]bool{}, map[string]int{}
	start := func(kind, id string) {
		starts[kind]++
		if open[kind+id] {
			t.Errorf("hook %q: %s %s started twice", w.name, kind, id)
		}
		open[kind+id] = true
	}
	end := func(kind, id string) {
		if !open[kind+id] {
			t.Errorf("hook %q: %s %s ended without a start, or twice", w.name, kind, id)
		}
		delete(open, kind+id)
	}
	for _, event := range w.told {
		switch e := event.(type) {
		case core.RunStart:
			start("run", e.RunID)
		case core.RunEnd:
			end("run", e.RunID)
		case core.WorkerStart:
			start("worker", fmt.Sprint(e.RunID, e.Worker))
		case core.WorkerEnd:
			end("worker", fmt.Sprint(e.RunID, e.Worker))
		case core.ChunkStart:
			start("chunk", fmt.Sprint(e))
		case core.ChunkEnd:
			end("chunk", fmt.Sprint(e.ChunkStart))
		}
	}
	if len(open) > 0 {
		t.Errorf("hook %q: never ended: %v", w.name, open)
	}
	if starts["run"] == 0 || starts["worker"] != workers*starts["run"] {
		t.Errorf("hook %q: %d workers in %d runs, want %d each", w.name, starts["worker"], starts["run"], workers)
	}
}

// logBook is a slog handler that keeps the attributes of each line.
type logBook struct {
	mu    sync.Mutex
	lines []map[string]string
}

func (b *logBook) logger() *slog.Logger                     { return slog.New(b) }
func (b *logBook) Enabled(context.Context, slog.Level) bool { return true }
func (b *logBook) WithAttrs([]slog.Attr) slog.Handler       { return b }
func (b *logBook) WithGroup(string) slog.Handler            { return b }
func (b *logBook) Handle(_ context.Context, r slog.Record) error { // the signature is slog's
	line := map[string]string{}
	r.Attrs(func(a slog.Attr) bool {
		line[a.Key] = a.Value.String()
		return true
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, line)
	return nil
}

// of returns the lines about a hook.
func (b *logBook) of(hook string) []map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.lines), func(line map[string]string) bool { return line["hook"] != hook })
}

// job is what a flavour is asked to do.
type job struct {
	n         int
	workers   int
	keepGoing bool
	unit      unitFunc
}

// unitFunc works on the items from lo to hi, the indexes being the items, and
// returns a result for each.
type unitFunc func(ctx context.Context, lo, hi int) ([]int, error)

const jobChunk = 3 // items in a chunk of a job

func (j job) executor(opts ...core.Option) *core.Executor {
	opts = append([]core.Option{core.WithName("job"), core.WithWorkers(j.workers), core.WithChunkSize(jobChunk)}, opts...)
	if j.keepGoing {
		opts = append(opts, core.WithContinueOnError())
	}
	return core.NewExecutor(opts...)
}

// flavour is one of the ways to run a function over items, made uniform.
type flavour struct {
	name   string
	whole  bool // the function takes a chunk, whose items fail together
	stream bool // results are yielded, the total is not known
	own    bool // the loop is the caller's
	run    func(ctx context.Context, e *core.Executor, j job) answer
}

// answer is what the caller of a flavour gets.
type answer struct {
	values []int
	errs   []error // of a stream: beside the values, for failures in place
	err    error   // what was returned, or yielded last; nil for an own loop
	broken []breakage
}

// breakage is a call of Run.Chunk that did not return nil.
type breakage struct {
	lo     int
	err    error // returned
	value  any   // panicked with
	exited bool  // ended its goroutine
}

// pick returns the result of a unit of one item.
func pick(values []int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return values[0], nil
}

func flavours() []flavour {
	return []flavour{
		{name: "Map", run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			a.values, a.err = core.Map(ctx, e, indexes(j.n), func(ctx context.Context, i int) (int, error) {
				return pick(j.unit(ctx, i, i+1))
			})
			return a
		}},
		{name: "ForEach", run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			a.values = make([]int, j.n)
			a.err = core.ForEach(ctx, e, indexes(j.n), func(ctx context.Context, i int) (err error) {
				a.values[i], err = pick(j.unit(ctx, i, i+1))
				return err
			})
			return a
		}},
		{name: "MapChunks", whole: true, run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			a.values, a.err = core.MapChunks(ctx, e, indexes(j.n), func(ctx context.Context, in []int) ([]int, error) {
				return j.unit(ctx, in[0], in[0]+len(in))
			})
			return a
		}},
		{name: "ForEachChunk", whole: true, run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			a.values = make([]int, j.n)
			a.err = core.ForEachChunk(ctx, e, indexes(j.n), func(ctx context.Context, in []int) error {
				out, err := j.unit(ctx, in[0], in[0]+len(in))
				copy(a.values[in[0]:], out)
				return err
			})
			return a
		}},
		{name: "Stream", stream: true, run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			src := core.FromSeq(slices.Values(indexes(j.n)))
			for v, err := range core.Stream(ctx, e, src, func(ctx context.Context, i int) (int, error) {
				return pick(j.unit(ctx, i, i+1))
			}) {
				a.yielded(v, err)
			}
			return a
		}},
		{name: "StreamChunks", stream: true, whole: true, run: func(ctx context.Context, e *core.Executor, j job) (a answer) {
			src := core.FromSeq(slices.Values(indexes(j.n)))
			for v, err := range core.StreamChunks(ctx, e, src, func(ctx context.Context, in []int) ([]int, error) {
				return j.unit(ctx, in[0], in[0]+len(in))
			}) {
				a.yielded(v, err)
			}
			return a
		}},
		{name: "Start", whole: true, own: true, run: ownLoop},
	}
}

func (a *answer) yielded(v int, err error) {
	if _, last := errors.AsType[*core.RunError](err); last || errors.Is(err, core.ErrShutdown) {
		a.err = err
		return
	}
	a.values, a.errs = append(a.values, v), append(a.errs, err)
}

// ownLoop is what a user of Executor.Start might write: some goroutines take
// chunks until there are no more or, unless the job goes on, one failed.
func ownLoop(ctx context.Context, e *core.Executor, j job) answer {
	ctx, r := e.Start(ctx, j.n)
	a := answer{values: make([]int, j.n)}
	var (
		next  atomic.Int64
		stop  atomic.Bool
		mu    sync.Mutex
		loops sync.WaitGroup
		loop  func()
	)
	failed := func(b breakage) {
		mu.Lock()
		defer mu.Unlock()
		a.broken = append(a.broken, b)
		if !j.keepGoing {
			stop.Store(true)
		}
	}
	loop = func() {
		at, returned := 0, false
		defer loops.Done()
		defer func() {
			if !returned {
				value := recover()
				failed(breakage{lo: at, value: value, exited: value == nil})
				loops.Add(1)
				go loop()
			}
		}()
		for !stop.Load() {
			at = int(next.Add(jobChunk)) - jobChunk
			hi := min(at+jobChunk, j.n)
			if at >= hi {
				break
			}
			err := r.Chunk(ctx, hi-at, func(ctx context.Context) error {
				out, err := j.unit(ctx, at, hi)
				copy(a.values[at:], out)
				return err
			})
			if err != nil {
				failed(breakage{lo: at, err: err})
			}
		}
		returned = true
	}
	loops.Add(j.workers)
	for range j.workers {
		go loop()
	}
	loops.Wait()
	r.End(nil)
	return a
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
type fate uint8

const (
	fateUnfinished fate = iota
	fateOK
	fateFailed
)

// ledger notes the fate of each item, as the function itself sees it.
type ledger struct {
	mu    sync.Mutex
	noted sync.Cond
	fates []fate
}

func newLedger(n int) *ledger {
	l := &ledger{fates: make([]fate, n)}
	l.noted.L = &l.mu
	return l
}

// unit makes a unit of a function of one item, whose fate it notes.
func (l *ledger) unit(item func(ctx context.Context, i, unit int) error) unitFunc {
	return func(ctx context.Context, lo, hi int) (out []int, err error) {
		fate := fateFailed // should item panic or exit
		defer func() { l.note(lo, hi, fate) }()
		for i := lo; i < hi; i++ {
			if err := item(ctx, i, hi-lo); err != nil {
				if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
					fate = fateUnfinished
				}
				return nil, err
			}
			out = append(out, valueOf(i))
		}
		fate = fateOK
		return out, nil
	}
}

func (l *ledger) note(lo, hi int, f fate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := lo; i < hi; i++ {
		l.fates[i] = f
	}
	l.noted.Broadcast()
}

// await waits until so many items have finished.
func (l *ledger) await(finished int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.count(fateOK)+l.count(fateFailed) < finished {
		l.noted.Wait()
	}
}

// count counts the items of a fate. The caller holds the lock, or the run is over.
func (l *ledger) count(f fate) int {
	n := 0
	for _, have := range l.fates {
		if have == f {
			n++
		}
	}
	return n
}

// until returns the first item with one of the fates, or their number.
func (l *ledger) until(fates ...fate) int {
	if i := slices.IndexFunc(l.fates, func(f fate) bool { return slices.Contains(fates, f) }); i >= 0 {
		return i
	}
	return len(l.fates)
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
