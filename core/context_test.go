package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// spans is a hook as tracing has them: each start makes a child of the span in
// its context, each end closes the span in the context that it gets.
type spanHook struct {
	*funcHook
	mu     sync.Mutex
	closed []string
}

// span is the path of a span, from the run's to its own.
type spanPath string

// currentSpan is the key of the innermost span, ownSpan of the hook's own.
type (
	currentSpan struct{}
	ownSpan     string
)

func newSpanHook(name string) *spanHook {
	s := &spanHook{}
	s.funcHook = &funcHook{name, func(ctx context.Context, m core.Moment, event any) context.Context {
		switch e := event.(type) {
		case core.RunStart:
			return s.open(ctx, "run")
		case core.ChunkStart:
			return s.open(ctx, fmt.Sprint("chunk", e.Chunk))
		case core.RunEnd:
			s.close(ctx, m)
		case core.ChunkEnd:
			s.close(ctx, m)
		}
		return ctx
	}}
	return s
}

func (s *spanHook) open(ctx context.Context, what string) context.Context {
	above, _ := ctx.Value(currentSpan{}).(spanPath)
	own := above + spanPath("/"+s.name+"-"+what)
	return context.WithValue(context.WithValue(ctx, currentSpan{}, own), ownSpan(s.name), own)
}

// close notes the hook's own span, and whether it is the current one.
func (s *spanHook) close(ctx context.Context, m core.Moment) {
	own, _ := ctx.Value(ownSpan(s.name)).(spanPath)
	if current := ctx.Value(currentSpan{}); current != own {
		own = spanPath(fmt.Sprintf("%v got the context of %v, its own is %v", m, current, own))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, string(own))
}

func TestSpansNestAndEndsGetTheirOwn(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			outer, inner := newSpanHook("a"), newSpanHook("b")
			var between atomic.Value // what an end without a start sees between the two
			middle := &endOnlyHook{func(ctx context.Context) { between.Store(ctx.Value(currentSpan{})) }}
			w := workload{items: 2 * workloadChunk, workers: 1}
			var mu sync.Mutex
			var user []string
			w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
				mu.Lock()
				defer mu.Unlock()
				user = append(user, fmt.Sprint(ctx.Value(currentSpan{})))
				return square(ctx, lo, hi)
			}
			e := w.executor()
			e.Register(outer, middle, inner)
			form.run(context.WithValue(t.Context(), currentSpan{}, spanPath("caller")), e, w)

			run := "caller/a-run/b-run"
			var wantOuter, wantInner, wantUser []string
			for k := range chunkCount(user) {
				chunk := fmt.Sprintf("-chunk%d", k)
				wantOuter = append(wantOuter, run+"/a"+chunk)
				wantInner = append(wantInner, run+"/a"+chunk+"/b"+chunk)
			}
			wantUser = wantInner
			wantOuter, wantInner = append(wantOuter, "caller/a-run"), append(wantInner, run)
			if !slices.Equal(outer.closed, wantOuter) || !slices.Equal(inner.closed, wantInner) {
				t.Errorf("closed spans\n%v, want\n%v;\n%v, want\n%v", outer.closed, wantOuter, inner.closed, wantInner)
			}
			if got := slices.Compact(user); !slices.Equal(got, wantUser) {
				t.Errorf("user code saw the spans %v, want %v", got, wantUser)
			}
			if got := fmt.Sprint(between.Load()); got != wantOuter[len(wantOuter)-2] {
				t.Errorf("an end without a start, between the two, saw %v", got)
			}
		})
	}
}

// onChunks returns how many chunks one worker's calls belong to, by their spans.
func chunkCount(calls []string) int { return len(slices.Compact(slices.Clone(calls))) }

// chunkEndOnly has an end and no start.
type endOnlyHook struct{ end func(context.Context) }

func (*endOnlyHook) HookName() string                                  { return "end only" }
func (h *endOnlyHook) OnChunkEnd(ctx context.Context, _ core.ChunkEnd) { h.end(ctx) }

// A start that breaks leaves the context as it was, for its own end too.
func TestSpansAroundAFailingStart(t *testing.T) {
	outer, inner := newSpanHook("a"), newSpanHook("b")
	breaks := &funcHook{"breaks", func(ctx context.Context, m core.Moment, _ any) context.Context {
		switch m {
		case core.MomentRunStart, core.MomentChunkStart:
			panic("x")
		case core.MomentRunEnd:
			if got := ctx.Value(currentSpan{}); got != spanPath("/a-run") {
				t.Errorf("the run's end got the span %v", got)
			}
		case core.MomentChunkEnd:
			if got := ctx.Value(currentSpan{}); got != spanPath("/a-run/b-run/a-chunk0") {
				t.Errorf("the chunk's end got the span %v", got)
			}
		}
		return ctx
	}}
	e := core.NewExecutor(core.WithLogger((&logRecorder{}).logger()))
	e.Register(outer, breaks, inner)
	err := core.ForEach(t.Context(), e, indexes(1), func(ctx context.Context, _ int) error {
		if got := ctx.Value(currentSpan{}); got != spanPath("/a-run/b-run/a-chunk0/b-chunk0") {
			t.Errorf("user code saw the span %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestContextCauseIsTheCallers(t *testing.T) {
	hook := &funcHook{"hook", func(ctx context.Context, _ core.Moment, _ any) context.Context {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errBoom)
		return ctx
	}}
	for _, hooks := range [][]core.Hook{nil, {hook}} {
		for _, form := range runForms() {
			t.Run(fmt.Sprintf("%s/hooks=%d", form.name, len(hooks)), func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errBoom)
				defer cancel()
				ctx, stop := context.WithCancelCause(ctx)
				want, _ := ctx.Deadline()
				w := workload{items: 2, workers: 1}
				var mu sync.Mutex
				var cause error
				w.process = func(ctx context.Context, _, _ int) ([]int, error) {
					if deadline, ok := ctx.Deadline(); !ok || !deadline.Equal(want) {
						t.Errorf("the deadline is %v, want %v", deadline, want)
					}
					stop(errStop)
					<-ctx.Done()
					mu.Lock()
					defer mu.Unlock()
					cause = context.Cause(ctx)
					return nil, ctx.Err()
				}
				e := w.executor()
				e.Register(hooks...)
				form.run(ctx, e, w)
				if cause != errStop { // the very same
					t.Errorf("the cause is %v, want the caller's", cause)
				}
			})
		}
	}
}

// Contexts of what comes after the work are good for I/O, also in a run whose
// own was cancelled before it began.
func TestLateContextsAreNotCancelled(t *testing.T) {
	late := []core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentProgress, core.MomentFault}
	for _, before := range []bool{false, true} {
		for _, form := range runForms() {
			t.Run(fmt.Sprintf("%s/before=%v", form.name, before), func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey("given"), "kept"))
				defer cancel()
				if before {
					cancel()
				}
				var mu sync.Mutex
				seen := map[core.Moment]bool{}
				look := &funcHook{"look", func(ctx context.Context, m core.Moment, _ any) context.Context {
					if slices.Contains(late, m) {
						mu.Lock()
						defer mu.Unlock()
						seen[m] = true
						if ctx.Err() != nil || ctx.Done() != nil {
							t.Errorf("the context of %v is cancelled or will be", m)
						}
						if info, ok := core.RunFrom(ctx); !ok || info.ID == "" || ctx.Value(contextKey("given")) != "kept" {
							t.Errorf("the context of %v has lost its values", m)
						}
					}
					return ctx
				}}
				breaks := &funcHook{"breaks", func(context.Context, core.Moment, any) context.Context { panic("x") }}
				w := workload{items: 2, workers: 1}
				w.process = func(ctx context.Context, _, _ int) ([]int, error) {
					cancel()
					return nil, ctx.Err()
				}
				e := w.executor(core.WithLogger((&logRecorder{}).logger()))
				e.Register(breaks, look)
				form.run(ctx, e, w)
				for _, m := range late {
					if !seen[m] && (m != core.MomentWorkerEnd || !form.ownLoop) {
						t.Errorf("%v did not come", m)
					}
				}
			})
		}
	}
}

// A failure that stops a run reaches those that wait inside an item, and an
// item which then gives up has not failed.
func TestFailFastCancelsItemsInFlight(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // its loop decides
		}
		t.Run(form.name, func(t *testing.T) {
			const n = 4 * workloadChunk
			items := newItemTracker(n)
			waiting := newBarrier(4)
			var mu sync.Mutex
			var causes []error
			w := workload{items: n, workers: 4}
			w.process = items.process(func(ctx context.Context, i, _ int) error {
				if i%workloadChunk != 0 {
					return nil
				}
				waiting.wait() // no chunk has two of these items, so each worker has one
				if i == workloadChunk {
					return errBoom
				}
				<-ctx.Done()
				mu.Lock()
				defer mu.Unlock()
				causes = append(causes, context.Cause(ctx))
				return fmt.Errorf("gave up: %w", ctx.Err())
			})
			rec := hooktest.NewRecorder()
			e := w.executor()
			e.Register(rec)
			failed := mustRunError(t, form.run(t.Context(), e, w).err)
			for i, f := range items.states {
				if !form.stream && (failed.Failed(i) != (f == itemFailed) || failed.Unfinished(i) != (f == itemUnfinished)) {
					t.Errorf("item %d has fate %d", i, f)
				}
			}
			if failed.Outcome != core.OutcomeError || errors.Is(failed, context.Canceled) {
				t.Errorf("%v: %v", failed.Outcome, failed)
			}
			if len(causes) != 3 {
				t.Errorf("%d items were in flight", len(causes))
			}
			for _, cause := range causes {
				if !errors.Is(cause, errBoom) {
					t.Errorf("the cause is %v", cause)
				}
			}
			if told := hooktest.Of[core.ItemFailure](rec); len(told) != 1 {
				t.Errorf("%d failures were told, want the one that was", len(told))
			}
		})
	}
}

// Of items that take nanoseconds, too, none starts after a failure elsewhere,
// though the context is looked at only before every sixteenth.
func TestFailureStopsQuickItems(t *testing.T) {
	const chunk = 64
	for name, run := range map[string]func(context.Context, *core.Executor, []int, func(context.Context, int) error) error{
		"Map": func(ctx context.Context, e *core.Executor, items []int, do func(context.Context, int) error) error {
			_, err := core.Map(ctx, e, items, func(ctx context.Context, i int) (int, error) { return i, do(ctx, i) })
			return err
		},
		"ForEach": core.ForEach[int],
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				items := make([]int, 4*chunk)
				for i := range items {
					items[i] = i
				}
				started := make([]bool, len(items))
				inside := make(chan struct{})
				err := run(t.Context(), core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(chunk)), items, func(ctx context.Context, i int) error {
					started[i] = true
					switch i {
					case 0, chunk:
						time.Sleep(time.Nanosecond) // in each worker's first chunk: one that took no time would say nothing about its items
					case 2*chunk + 5:
						close(inside)
						<-ctx.Done()
					case 3*chunk + 5:
						<-inside
						return errBoom
					}
					return nil
				})
				if failed := mustRunError(t, err); failed.ItemsFailed != 1 {
					t.Errorf("%d items failed, want 1", failed.ItemsFailed)
				}
				if !started[2*chunk+5] || started[2*chunk+6] {
					t.Errorf("item 5 of the third chunk started: %v, the one after it: %v; want the first only", started[2*chunk+5], started[2*chunk+6])
				}
			})
		})
	}
}

func TestRunAndChunkFromContext(t *testing.T) {
	attrs := map[string]string{"tenant": "a"}
	for _, form := range runForms() {
		for _, id := range []string{"chosen", ""} {
			t.Run(fmt.Sprintf("%s/id=%q", form.name, id), func(t *testing.T) {
				given := core.WithRun(t.Context(), core.RunInfo{Executor: "ignored", ID: id, Attrs: attrs})
				if prepared, ok := core.RunFrom(given); !ok || !reflect.DeepEqual(prepared, core.RunInfo{ID: id, Attrs: attrs}) {
					t.Errorf("the prepared context tells %+v", prepared)
				}
				var mu sync.Mutex
				seen := map[[3]int]bool{} // index, offset and items of chunks
				rec := hooktest.NewRecorder()
				w := workload{items: 10, workers: 2}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					run, _ := core.RunFrom(ctx)
					chunk, ok := core.ChunkFrom(ctx)
					if !ok || !reflect.DeepEqual(run, chunk.Run) || run.Executor != "job" || id != "" && run.ID != id || !reflect.DeepEqual(run.Attrs, attrs) {
						t.Errorf("user code sees run %+v and chunk %+v", run, chunk)
					}
					if !form.ownLoop && (lo < chunk.Offset || hi > chunk.Offset+chunk.Items) {
						t.Errorf("items %d to %d see the chunk %+v", lo, hi, chunk)
					}
					run.Attrs["tenant"] = "scribbled" // the caller's to keep
					mu.Lock()
					defer mu.Unlock()
					seen[[3]int{chunk.Index, chunk.Offset, chunk.Items}] = true
					return square(ctx, lo, hi)
				}
				e := w.executor()
				inHook := hookAt("in hook", core.MomentChunkEnd, func(ctx context.Context, event any) context.Context {
					e := event.(core.ChunkEnd) // nothing else comes at this moment
					if c, ok := core.ChunkFrom(ctx); !ok || c.Index != e.Chunk || c.Offset != e.Offset || c.Items != e.Items {
						t.Errorf("the end of %+v sees %+v", e.ChunkStart, c)
					}
					return ctx
				})
				e.Register(rec, inHook)
				form.run(given, e, w)
				for _, c := range hooktest.Of[core.ChunkEnd](rec) {
					if !seen[[3]int{c.Chunk, c.Offset, c.Items}] {
						t.Errorf("user code did not see the chunk %+v", c.ChunkStart)
					}
				}
				start := onlyOne[core.RunStart](t, rec)
				if start.RunID == "" || id != "" && start.RunID != id || !reflect.DeepEqual(start.Attrs, attrs) {
					t.Errorf("the run started as %+v", start)
				}
			})
		}
	}
	if _, ok := core.RunFrom(t.Context()); ok {
		t.Error("a run where there is none")
	}
	if _, ok := core.ChunkFrom(core.WithRun(t.Context(), core.RunInfo{ID: "x"})); ok {
		t.Error("a chunk where there is none")
	}
}

// Attributes are taken as they are when WithRun is called.
func TestWithRunClonesAttrs(t *testing.T) {
	attrs := map[string]string{"tenant": "a"}
	ctx := core.WithRun(t.Context(), core.RunInfo{Attrs: attrs})
	attrs["tenant"] = "b"
	info, _ := core.RunFrom(ctx)
	info.Attrs["tenant"] = "c"
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	if err := core.ForEach(ctx, e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
		t.Error(err)
	}
	if got := onlyOne[core.RunStart](t, rec).Attrs["tenant"]; got != "a" {
		t.Errorf("the run has the tenant %q", got)
	}
}

func TestNestedRunsHaveTheirOwnIdentity(t *testing.T) {
	rec := hooktest.NewRecorder()
	outer, inner := core.NewExecutor(core.WithName("outer")), core.NewExecutor(core.WithName("inner"))
	outer.Register(rec)
	inner.Register(rec)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: "id", Attrs: map[string]string{"tenant": "a"}})
	err := core.ForEach(ctx, outer, indexes(1), func(ctx context.Context, _ int) error {
		err := core.ForEach(ctx, inner, indexes(1), func(ctx context.Context, _ int) error {
			if run, _ := core.RunFrom(ctx); run.Executor != "inner" || run.ID == "id" || run.ID == "" || run.Attrs != nil {
				t.Errorf("inside the inner run: %+v", run)
			}
			return nil
		})
		if run, _ := core.RunFrom(ctx); run.Executor != "outer" || run.ID != "id" {
			t.Errorf("after the inner run: %+v", run)
		}
		again := core.WithRun(ctx, core.RunInfo{ID: "chosen"})
		return errors.Join(err, core.ForEach(again, inner, indexes(1), func(ctx context.Context, _ int) error {
			if run, _ := core.RunFrom(ctx); run.Executor != "inner" || run.ID != "chosen" {
				t.Errorf("inside the inner run with an id: %+v", run)
			}
			return nil
		}))
	})
	if err != nil {
		t.Error(err)
	}
	if starts := hooktest.Of[core.RunStart](rec); len(starts) != 3 || starts[0].RunID != "id" || starts[1].RunID == "id" || starts[2].RunID != "chosen" {
		t.Errorf("runs %+v", starts)
	}
}

func TestReportProgressAndChunk(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testReports(t, form) })
		})
	}
	core.ReportProgress(t.Context(), 1) // outside of a chunk they do nothing
	core.ReportChunk(t.Context(), "host", 2)
}

// testReports reports the first item of each chunk one second in, and the
// second chunk as done elsewhere at the third attempt.
func testReports(t *testing.T, form runForm) {
	t.Helper()
	rec := hooktest.NewRecorder()
	w := workload{items: 2 * workloadChunk, workers: 1}
	w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
		time.Sleep(time.Second)
		if form.perChunk {
			core.ReportProgress(ctx, 1)
			core.ReportProgress(ctx, 0) // no way back
			core.ReportProgress(ctx, -5)
		} else {
			core.ReportProgress(ctx, workloadChunk) // counted without
		}
		if lo >= workloadChunk {
			core.ReportChunk(ctx, "host", 3)
			core.ReportChunk(ctx, "", 0) // nothing new
		}
		time.Sleep(time.Second)
		return square(ctx, lo, hi)
	}
	e := w.executor()
	e.Register(rec)
	form.run(t.Context(), e, w)
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		worker, attempts := "", 1
		if c.Offset >= workloadChunk || !form.perChunk && c.Offset+c.Items > workloadChunk {
			worker, attempts = "host", 3
		}
		if c.RemoteWorker != worker || c.Attempts != attempts || c.ItemsDone != c.Items {
			t.Errorf("the chunk ended %+v", c)
		}
	}
	var seen []int
	for _, p := range hooktest.Of[core.Progress](rec) {
		seen = append(seen, p.ItemsDone)
	}
	want := []int{0, 1, 2, 3, 4, 5, 6}
	if form.perChunk && !form.stream { // a stream's chunks may be smaller
		want = []int{0, 1, 3, 4, 6}
	}
	if got := slices.Compact(seen); !slices.Equal(got, want) && (!form.stream || got[len(got)-1] != 2*workloadChunk || got[1] != 1) {
		t.Errorf("progress showed %v, want %v", got, want)
	}
}

// Durations are those of the work, to the nanosecond, however slow hooks are
// and whatever the other workers do.
func TestChunkDurationsAreTrue(t *testing.T) {
	nap := func(d time.Duration, broken bool) func(context.Context, any) context.Context {
		return func(ctx context.Context, _ any) context.Context {
			time.Sleep(d)
			if broken {
				panic("x")
			}
			return ctx
		}
	}
	type slow struct {
		at     core.Moment
		broken bool
	}
	variants := map[string][]slow{
		"no slow hook":        nil,
		"slow start":          {{core.MomentChunkStart, false}},
		"slow failure":        {{core.MomentItemFailure, false}},
		"slow end":            {{core.MomentChunkEnd, false}},
		"slow and broken":     {{core.MomentChunkStart, true}, {core.MomentItemFailure, true}, {core.MomentChunkEnd, true}},
		"slow to hear faults": {{core.MomentFault, false}},
		"all slow":            {{core.MomentChunkStart, false}, {core.MomentItemFailure, false}, {core.MomentChunkEnd, false}},
	}
	for name, slows := range variants {
		for _, form := range runForms() {
			for _, workers := range []int{1, 4} {
				t.Run(fmt.Sprintf("%s/%s/workers=%d", name, form.name, workers), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						rec := hooktest.NewRecorder()
						hooks := []core.Hook{rec}
						for i, s := range slows {
							hooks = append(hooks, hookAt(fmt.Sprint("slow", i), s.at, nap(time.Duration(i+1)*700*time.Millisecond, s.broken)))
						}
						if name == "slow to hear faults" {
							hooks = append(hooks, hookAt("breaks", core.MomentItemFailure, nap(0, true)))
						}
						testDurations(t, form, workers, rec, hooks)
					})
				})
			}
		}
	}
}

func testDurations(t *testing.T, form runForm, workers int, rec *hooktest.Recorder, hooks []core.Hook) {
	t.Helper()
	const n, failing = 5 * workloadChunk, 7
	takes := func(i int) time.Duration {
		if i == 0 {
			return 3 * time.Second // in the first chunk, which the others must not wait for
		}
		return time.Duration(i) * time.Millisecond
	}
	var mu sync.Mutex
	worked := map[int]time.Duration{} // by the chunk's number
	w := workload{items: n, workers: workers, continueOnError: true}
	w.process = func(ctx context.Context, lo, hi int) (_ []int, err error) {
		chunk, _ := core.ChunkFrom(ctx)
		for i := lo; i < hi; i++ {
			time.Sleep(takes(i))
			mu.Lock()
			worked[chunk.Index] += takes(i)
			mu.Unlock()
			if i == failing {
				err = errBoom
			}
		}
		out, _ := square(ctx, lo, hi)
		return out, err
	}
	e := w.executor(core.WithLogger((&logRecorder{}).logger()))
	e.Register(hooks...)
	form.run(t.Context(), e, w)

	busy := map[int]time.Duration{}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		busy[c.Worker] += c.Duration
		if c.Duration != worked[c.Chunk] {
			t.Errorf("chunk %d took %v, the work in it %v", c.Chunk, c.Duration, worked[c.Chunk])
		}
		if c.Ended.Sub(c.Started) < c.Duration || c.RunElapsed != c.Ended.Sub(onlyOne[core.RunStart](t, rec).Started) {
			t.Errorf("chunk %d: from %v to %v, %v in the run", c.Chunk, c.Started, c.Ended, c.RunElapsed)
		}
	}
	for _, e := range hooktest.Of[core.WorkerEnd](rec) {
		if e.Busy != busy[e.Worker] {
			t.Errorf("worker %d was busy for %v, its chunks for %v", e.Worker, e.Busy, busy[e.Worker])
		}
	}
	if end := onlyOne[core.RunEnd](t, rec); end.Duration != end.Ended.Sub(end.Started) || end.ItemsDone != n {
		t.Errorf("the run ended %+v", end)
	}
}

// What is left of a *RunError for runs whose results have no index of their own.
func TestFailedAndUnfinishedWithoutResults(t *testing.T) {
	for _, form := range runForms() {
		if !form.stream && !form.ownLoop {
			continue // see TestOutcomeTable
		}
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 2 * workloadChunk, workers: 1, continueOnError: true}
			items := newItemTracker(w.items)
			w.process = items.process(func(_ context.Context, i, _ int) error {
				if i == 1 {
					return errBoom
				}
				return nil
			})
			e := w.executor()
			e.Register(rec)
			form.run(t.Context(), e, w)
			failed := mustRunError(t, onlyOne[core.RunEnd](t, rec).Err)
			for i, f := range items.states {
				if failed.Failed(i) != (f == itemFailed) || failed.Unfinished(i) {
					t.Errorf("item %d: failed %v, unfinished %v; in truth %d", i, failed.Failed(i), failed.Unfinished(i), f)
				}
			}
		})
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	options := []struct {
		name, value string
		make        func() core.Option
	}{
		{"WithWorkers", "0", func() core.Option { return core.WithWorkers(0) }},
		{"WithWorkers", "-3", func() core.Option { return core.WithWorkers(-3) }},
		{"WithChunkSize", "0", func() core.Option { return core.WithChunkSize(0) }},
		{"WithChunkSize", "-1", func() core.Option { return core.WithChunkSize(-1) }},
		{"WithTargetChunkDuration", "0s", func() core.Option { return core.WithTargetChunkDuration(0) }},
		{"WithTargetChunkDuration", "-1s", func() core.Option { return core.WithTargetChunkDuration(-time.Second) }},
		{"WithProgressInterval", "-1ns", func() core.Option { return core.WithProgressInterval(-1) }},
		{"WithHeartbeat", "0s", func() core.Option { return core.WithHeartbeat(0) }},
		{"WithHeartbeat", "-1m0s", func() core.Option { return core.WithHeartbeat(-time.Minute) }},
	}
	for _, o := range options {
		t.Run(o.name+"("+o.value+")", func(t *testing.T) {
			option := o.make() // which does not panic itself
			err, ok := panicOf(func() { core.NewExecutor(option) }).(error)
			if want := "core: " + o.name + "(" + o.value + "): "; !ok || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "; give ") {
				t.Errorf("NewExecutor panicked with %v, want an error that begins with %q and has the fix", err, want)
			}
		})
	}
	both, _ := panicOf(func() { core.NewExecutor(core.WithWorkers(0), core.WithHeartbeat(-1)) }).(error)
	if both == nil || !strings.Contains(both.Error(), "WithWorkers(0)") || !strings.Contains(both.Error(), "WithHeartbeat(-1ns)") {
		t.Errorf("of two mistakes one is reported: %v", both)
	}
	within := core.NewExecutor(nil, core.WithWorkers(1), core.WithChunkSize(1), core.WithTargetChunkDuration(1),
		core.WithProgressInterval(0), core.WithHeartbeat(1), core.WithName("name"), core.WithName(""), core.WithLogger(nil))
	if within.Name() != "name" {
		t.Errorf("the name is %q", within.Name())
	}
	if name := core.NewExecutor().Name(); name == "" || strings.ContainsAny(name, "/\\") {
		t.Errorf("the default name is %q", name)
	}
}

// Defaults show in what a run does.
func TestDefaultWorkers(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	for _, n := range []int{1, 1000} {
		if err := core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	starts := hooktest.Of[core.RunStart](rec)
	if starts[0].Workers != 1 || starts[1].Workers != min(1000, runtime.GOMAXPROCS(0)) {
		t.Errorf("%d workers for 1 item, %d for 1000", starts[0].Workers, starts[1].Workers)
	}
}

func TestMisuse(t *testing.T) {
	var (
		e          = core.NewExecutor()
		none       *core.Executor
		noContext  context.Context
		ctx        = t.Context()
		item       = func(context.Context, int) error { return nil }
		toResult   = func(context.Context, int) (int, error) { return 0, nil }
		chunk      = func(context.Context, []int) error { return nil }
		toResults  = func(_ context.Context, in []int) ([]int, error) { return in, nil }
		src        = core.FromSeq(slices.Values(indexes(1)))
		typedNil   *funcHook
		onlyName   = nameOnly{}
		startedRun = func() *core.Run { _, r := e.Start(ctx, 1); return r }
	)
	calls := []struct {
		name, text string
		call       func()
	}{
		{"Map without function", "core: Map: the function is nil", func() { _, _ = core.Map[int, int](ctx, e, nil, nil) }},
		{"Map without executor", "core: Map: the executor is nil", func() { _, _ = core.Map(ctx, none, nil, toResult) }},
		{"Map without context", "context is nil", func() { _, _ = core.Map(noContext, e, nil, toResult) }},
		{"ForEach without function", "core: ForEach: the function is nil", func() { _ = core.ForEach[int](ctx, e, nil, nil) }},
		{"ForEach without executor", "core: ForEach: the executor is nil", func() { _ = core.ForEach(ctx, none, nil, item) }},
		{"ForEach without context", "context is nil", func() { _ = core.ForEach(noContext, e, nil, item) }},
		{"MapChunks without function", "core: MapChunks: the function is nil", func() { _, _ = core.MapChunks[int, int](ctx, e, nil, nil) }},
		{"MapChunks without executor", "core: MapChunks: the executor is nil", func() { _, _ = core.MapChunks(ctx, none, nil, toResults) }},
		{"MapChunks without context", "context is nil", func() { _, _ = core.MapChunks(noContext, e, nil, toResults) }},
		{"ForEachChunk without function", "core: ForEachChunk: the function is nil", func() { _ = core.ForEachChunk[int](ctx, e, nil, nil) }},
		{"ForEachChunk without executor", "core: ForEachChunk: the executor is nil", func() { _ = core.ForEachChunk(ctx, none, nil, chunk) }},
		{"ForEachChunk without context", "context is nil", func() { _ = core.ForEachChunk(noContext, e, nil, chunk) }},
		{"Stream without function", "core: Stream: the function is nil", func() { core.Stream[int, int](ctx, e, src, nil) }},
		{"Stream without source", "core: Stream: ", func() { core.Stream(ctx, e, nil, toResult) }},
		{"Stream without executor", "core: Stream: the executor is nil", func() { core.Stream(ctx, none, src, toResult) }},
		{"Stream without context", "context is nil", func() { core.Stream(noContext, e, src, toResult)(func(int, error) bool { return true }) }},
		{"StreamChunks without function", "core: StreamChunks: the function is nil", func() { core.StreamChunks[int, int](ctx, e, src, nil) }},
		{"StreamChunks without source", "core: StreamChunks: ", func() { core.StreamChunks(ctx, e, nil, toResults) }},
		{"StreamChunks without executor", "core: StreamChunks: the executor is nil", func() { core.StreamChunks(ctx, none, src, toResults) }},
		{"StreamChunks without context", "context is nil", func() {
			core.StreamChunks(noContext, e, src, toResults)(func(int, error) bool { return true })
		}},
		{"Start without context", "context is nil", func() { e.Start(noContext, 1) }},
		{"Start of -2 items", "core: Start(-2): ", func() { e.Start(ctx, -2) }},
		{"Chunk without function", "core: Run.Chunk: ", func() { r := startedRun(); defer r.End(nil); _ = r.Chunk(ctx, 1, nil) }},
		{"Chunk without context", "core: Run.Chunk: ", func() {
			r := startedRun()
			defer r.End(nil)
			_ = r.Chunk(noContext, 1, func(context.Context) error { return nil })
		}},
		{"Chunk of -1 items", "core: Run.Chunk(-1): ", func() {
			r := startedRun()
			defer r.End(nil)
			_ = r.Chunk(ctx, -1, func(context.Context) error { return nil })
		}},
		{"Shutdown without context", "core: Shutdown: the context is nil", func() { _ = core.NewExecutor().Shutdown(noContext) }},
		{"hook that observes nothing", `hook "only a name" (core_test.nameOnly) observes nothing`, func() { e.Register(onlyName) }},
		{"wrapped hook that observes nothing", `observes nothing`, func() { e.Register(core.Every(time.Second, onlyName)) }},
		{"wrapper around nothing", `observes nothing`, func() { e.Register(wrapper{onlyName}) }},
		{"hook that is a typed nil", "core: Register: the hook is a nil *core_test.funcHook", func() { e.Register(typedNil) }},
		{"typed nil in a MultiHook", "core: Register: the hook is a nil *core_test.funcHook", func() {
			e.Register(core.MultiHook(hooktest.NewRecorder(), core.MultiHook(typedNil)))
		}},
		{"Every without hook", "core: Every: ", func() { core.Every(time.Second, nil) }},
		{"Every 0s", "core: Every(0s): ", func() { core.Every(0, hooktest.NewRecorder()) }},
		{"Filter without hook", "core: Filter: ", func() { core.Filter(nil, func(core.RunStart) bool { return true }) }},
		{"Filter without predicate", "core: Filter: ", func() { core.Filter(hooktest.NewRecorder(), nil) }},
		{"OnRunStart without function", "core: OnRunStart: the function is nil", func() { core.OnRunStart(nil) }},
		{"OnRunEnd without function", "core: OnRunEnd: the function is nil", func() { core.OnRunEnd(nil) }},
		{"OnChunkEnd without function", "core: OnChunkEnd: the function is nil", func() { core.OnChunkEnd(nil) }},
		{"OnItemFailure without function", "core: OnItemFailure: the function is nil", func() { core.OnItemFailure(nil) }},
		{"OnProgress without function", "core: OnProgress: the function is nil", func() { core.OnProgress(nil) }},
		{"OnAnomaly without function", "core: OnAnomaly: the function is nil", func() { core.OnAnomaly(nil) }},
		{"OnFault without function", "core: OnFault: the function is nil", func() { core.OnFault(nil) }},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			if text := fmt.Sprint(panicOf(c.call)); !strings.Contains(text, c.text) {
				t.Errorf("panicked with %q, want %q", text, c.text)
			}
		})
	}
	// None of this is left behind: nothing runs, nothing is registered.
	if err := e.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	remove := core.NewExecutor().Register(nil, core.MultiHook(), core.MultiHook(nil, nil)) // nothing to do is no mistake
	remove()
	remove()
}

// nameOnly is a hook without a moment, wrapper one that stands for another.
type (
	nameOnly struct{}
	wrapper  struct{ hook core.Hook }
)

func (nameOnly) HookName() string   { return "only a name" }
func (w wrapper) HookName() string  { return w.hook.HookName() }
func (w wrapper) Unwrap() core.Hook { return w.hook }

func TestEverythingAfterShutdown(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			w := workload{items: 4, workers: 1}
			w.process = func(context.Context, int, int) ([]int, error) {
				t.Error("an item ran")
				return nil, nil
			}
			e := w.executor()
			e.Register(rec)
			for range 2 {
				if err := e.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
			result := form.run(t.Context(), e, w)
			errs := []error{result.err}
			if form.ownLoop {
				errs = nil
				for _, b := range result.failedCalls {
					errs = append(errs, b.err)
				}
				ctx, r := e.Start(t.Context(), 1)
				errs = append(errs, context.Cause(ctx))
				if ctx.Err() == nil {
					t.Error("the context of Start is not cancelled")
				}
				r.End(nil)
				r.End(errBoom)
			}
			for _, err := range errs {
				if !errors.Is(err, core.ErrShutdown) {
					t.Errorf("the error is %v", err)
				}
			}
			if len(errs) == 0 || len(rec.Events()) > 0 {
				t.Errorf("%d errors, events %v", len(errs), rec.Events())
			}
			if !form.ownLoop && !form.stream && !strings.HasPrefix(form.name, "ForEach") && result.values != nil {
				t.Errorf("results %v", result.values)
			}
		})
	}
	e := core.NewExecutor()
	_ = e.Shutdown(t.Context())
	e.Register(hooktest.NewRecorder())() // allowed, and to no effect
}

func TestChunkAfterEnd(t *testing.T) {
	e := core.NewExecutor(core.WithName("job"))
	ctx, r := e.Start(t.Context(), 1)
	r.End(nil)
	r.End(errBoom) // only the first counts
	if ctx.Err() == nil {
		t.Error("End left the run's context alive")
	}
	err := r.Chunk(t.Context(), 1, func(context.Context) error { t.Error("fn ran"); return nil })
	if !errors.Is(err, core.ErrRunEnded) || !strings.HasPrefix(err.Error(), "job: ") {
		t.Errorf("Chunk after End returned %v", err)
	}
}

// flushHook is a witness that can be flushed.
type flushHook struct {
	*hooktest.Recorder
	name  string
	flush func(context.Context) error
}

func (h *flushHook) HookName() string                { return h.name }
func (h *flushHook) Flush(ctx context.Context) error { return h.flush(ctx) }

func TestShutdownWaitsForRuns(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const slow = time.Minute
				rec := hooktest.NewRecorder()
				flushed := &flushHook{hooktest.NewRecorder(), "flushed", func(context.Context) error {
					if n := len(hooktest.Of[core.RunEnd](rec)); n != 2 {
						t.Errorf("flushed after %d of 2 runs", n)
					}
					return nil
				}}
				w := workload{items: 1, workers: 1}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(slow)
					return square(ctx, lo, hi)
				}
				e := w.executor()
				e.Register(flushed, rec)
				var runs sync.WaitGroup
				defer runs.Wait()
				for range 2 {
					runs.Go(func() { form.run(t.Context(), e, w) })
				}
				synctest.Wait()

				began := time.Now()
				short, cancel := context.WithTimeoutCause(t.Context(), slow/4, errStop)
				defer cancel()
				err := e.Shutdown(short)
				if took := time.Since(began); took != slow/4 || !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errStop) {
					t.Errorf("Shutdown gave up after %v: %v", took, err)
				}
				if text := fmt.Sprint(err); !strings.HasPrefix(text, "job: ") || !strings.Contains(text, "2 running") {
					t.Errorf("the error does not say whose runs and how many: %v", err)
				}
				var both sync.WaitGroup
				for range 2 { // any number at once
					both.Go(func() {
						if err := e.Shutdown(t.Context()); err != nil {
							t.Error(err)
						}
						if took := time.Since(began); took != slow {
							t.Errorf("Shutdown returned after %v, the runs took %v", took, slow)
						}
					})
				}
				both.Wait()
			})
		})
	}
}

// flushGrace is how long Shutdown waits beyond its context for a hook to report
// what it could not flush.
const flushGrace = 100 * time.Millisecond

func TestShutdownFlushesHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		hook := func(name string, flush func(context.Context) error) core.Hook {
			return &flushHook{hooktest.NewRecorder(), name, flush}
		}
		type key struct{}
		e := core.NewExecutor(core.WithName("job"))
		e.Register(
			hook("slow", func(context.Context) error { time.Sleep(limit / 2); return nil }),
			hook("as slow", func(context.Context) error { time.Sleep(limit / 2); return nil }),
			hook("fails", func(context.Context) error { return errBoom }),
			hook("panics", func(context.Context) error { panic(errStop) }),
			hook("exits", func(context.Context) error { runtime.Goexit(); return nil }),
			core.Every(time.Second, core.Filter(hook("wrapped", func(ctx context.Context) error {
				if ctx.Value(key{}) != "kept" {
					t.Error("Flush got another context")
				}
				return nil
			}), func(core.RunStart) bool { return false })),
			hook("too slow", func(ctx context.Context) error { time.Sleep(2 * limit); return nil }),
			namedRecorder{hooktest.NewRecorder(), "cannot be flushed"},
		)
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "kept"), limit)
		defer cancel()
		began := time.Now()
		err := e.Shutdown(ctx)
		if took := time.Since(began); took != limit+flushGrace {
			t.Errorf("Shutdown took %v, want %v: hooks are flushed at once", took, limit+flushGrace)
		}
		for _, want := range []error{errBoom, errStop, core.ErrGoexit, context.DeadlineExceeded} {
			if !errors.Is(err, want) {
				t.Errorf("the error does not wrap %v:\n%v", want, err)
			}
		}
		for _, name := range []string{"fails", "panics", "exits", "too slow"} {
			if !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
				t.Errorf("the error does not name %q:\n%v", name, err)
			}
		}
		for _, name := range []string{`"slow"`, `"as slow"`, "wrapped", "cannot"} {
			if strings.Contains(err.Error(), name) {
				t.Errorf("the error names %s:\n%v", name, err)
			}
		}
		time.Sleep(2 * limit) // the last one comes back
	})
}

// A run that shuts its own executor down would otherwise wait for itself.
func TestShutdownInsideRuns(t *testing.T) {
	inner := func(ctx context.Context, e *core.Executor, f func(context.Context) error) error {
		return core.ForEach(ctx, e, indexes(1), func(ctx context.Context, _ int) error { return f(ctx) })
	}
	nestings := map[string]func(ctx context.Context, e *core.Executor) error{
		"run": func(ctx context.Context, e *core.Executor) error { return inner(ctx, e, e.Shutdown) },
		"run with a chosen id": func(ctx context.Context, e *core.Executor) error {
			return inner(core.WithRun(ctx, core.RunInfo{ID: "id"}), e, e.Shutdown)
		},
		"run in a run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error { return inner(ctx, e, e.Shutdown) })
		},
		"run in another executor's run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error {
				return inner(ctx, core.NewExecutor(), func(ctx context.Context) error { return e.Shutdown(ctx) })
			})
		},
		"run with a chosen id in a run": func(ctx context.Context, e *core.Executor) error {
			return inner(ctx, e, func(ctx context.Context) error {
				return inner(core.WithRun(ctx, core.RunInfo{ID: "id"}), e, e.Shutdown)
			})
		},
	}
	for name, run := range nestings {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := run(ctx, core.NewExecutor()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A context outlives its run in what a hook or a caller keeps of it. It is then
// no reason not to wait for the runs of others.
func TestShutdownWithAContextOfAnEndedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept context.Context
		e := core.NewExecutor()
		e.Register(hookAt("keeps", core.MomentRunEnd, func(ctx context.Context, _ any) context.Context { kept = ctx; return ctx }))
		if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		over := kept
		var ended atomic.Bool
		var other sync.WaitGroup
		other.Go(func() {
			_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { time.Sleep(time.Minute); return nil })
			ended.Store(true)
		})
		synctest.Wait()
		if err := e.Shutdown(over); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if !ended.Load() {
			t.Error("Shutdown did not wait for a run that its context has nothing to do with")
		}
		other.Wait()
	})
}

// The default logger is looked up when there is something to log.
func TestFaultsGoToTheDefaultLogger(t *testing.T) {
	logs := &logRecorder{}
	e := core.NewExecutor()
	e.Register(hookAt("bad", core.MomentRunStart, func(context.Context, any) context.Context { panic("x") }))
	before := slog.Default()
	defer slog.SetDefault(before)
	slog.SetDefault(logs.logger())
	for range 2 {
		if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	if n := len(logs.linesOf("bad")); n != 2 {
		t.Errorf("%d lines for the faults of 2 runs", n)
	}
}
