package core_test

import (
	"context"
	"errors"
	"fmt"
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

// TestHookFaults has a subtest for each thing a hook can do wrong. Two are not
// here: hooks that are slow are a matter of benchmarks (bench_test.go compares
// runs with and without hooks), and an option that bounds how long a hook may
// take is not part of the design: a run waits for its hooks.
func TestHookFaults(t *testing.T) {
	t.Run("panics", testHookPanics)
	t.Run("calls Goexit", testHookGoexits)
	t.Run("blocks forever", testHookBlocks)
	t.Run("mutates args, keeps pointers", testHookMutates)
	t.Run("returns nil, cancelled or foreign context", testHookContexts)
	t.Run("re-enters Run, Register, Shutdown", testHookReenters)
	t.Run("same hook registered twice or on two executors", testHookTwice)
}

// faultScene is a run with one bad hook among witnesses. One of its items
// panics, and where fault hooks are the subject another hook breaks first, so
// that every moment comes.
type faultTest struct {
	form      runForm
	workers   int
	moment    core.Moment
	position  int // of the bad hook: 0 first, 1 in the middle, 2 last
	misbehave func()
}

const (
	faultTestItems   = 12
	faultTestFailing = 4 // the item that panics or fails
)

// play runs the scene and checks all that must hold whatever the hook does.
// It returns the faults that the witnesses were told.
func (s faultTest) run(t *testing.T, kind core.FaultKind) []core.Fault {
	t.Helper()
	logs := &logRecorder{}
	var mu sync.Mutex
	calls := 0
	bad := hookAt("bad", s.moment, func(ctx context.Context, _ any) context.Context {
		mu.Lock()
		calls++
		mu.Unlock()
		s.misbehave()
		return ctx
	})
	recorders := []*hooktest.Recorder{hooktest.NewRecorder(), hooktest.NewRecorder()}
	hooks := slices.Insert([]core.Hook{recorders[0], recorders[1]}, s.position, core.Hook(bad))
	if s.moment == core.MomentFault {
		trigger := hookAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("trigger") })
		hooks = slices.Insert(hooks, 0, core.Hook(trigger))
	}

	items := newItemTracker(faultTestItems)
	w := workload{items: faultTestItems, workers: s.workers, continueOnError: true}
	w.process = items.process(func(_ context.Context, i, _ int) error {
		if i == faultTestFailing {
			panic(errBoom) // of user code: not to be taken for one of a hook
		}
		return nil
	})
	e := w.executor(core.WithLogger(logs.logger()), core.WithProgressInterval(0))
	e.Register(hooks...)
	result := s.form.run(t.Context(), e, w)

	for i, f := range items.states {
		failed := i == faultTestFailing || s.form.perChunk && f == itemFailed && i/workloadChunk == faultTestFailing/workloadChunk
		if (f == itemFailed) != failed && !s.form.stream || f == itemUnfinished {
			t.Errorf("item %d: fate %d", i, f)
		}
		if !s.form.stream && f == itemSucceeded && result.values[i] != valueOf(i) {
			t.Errorf("result %d is %d, want %d", i, result.values[i], valueOf(i))
		}
	}
	workers := s.workers
	if s.form.ownLoop {
		workers = 0
	}
	for _, rec := range recorders {
		checkPairs(t, rec, workers)
		end := onlyOne[core.RunEnd](t, rec)
		if end.ItemsDone != faultTestItems || end.ItemsFailed != items.count(itemFailed) || end.Outcome != core.OutcomePanic {
			t.Errorf("the run ended %+v", end)
		}
		if n := len(hooktest.Of[core.ItemFailure](rec)); n != 1 {
			t.Errorf("%d failures were told", n)
		}
		progress := hooktest.Of[core.Progress](rec)
		if len(progress) == 0 || progress[len(progress)-1].ItemsDone != faultTestItems {
			t.Errorf("the last progress is missing: %+v", progress)
		}
	}

	faults := hooktest.Of[core.Fault](recorders[0])
	if len(faults) != len(hooktest.Of[core.Fault](recorders[1])) {
		t.Errorf("one witness was told %d faults, the other %d", len(faults), len(hooktest.Of[core.Fault](recorders[1])))
	}
	reported := slices.DeleteFunc(slices.Clone(faults), func(f core.Fault) bool { return f.Hook != "bad" })
	want := calls
	if s.moment == core.MomentFault {
		want = 0 // a fault of a fault hook is only logged
		if calls != len(faults) {
			t.Errorf("OnFault was called %d times for %d faults", calls, len(faults))
		}
	}
	if calls == 0 || len(reported) != want {
		t.Errorf("%d calls, %d faults told, want %d", calls, len(reported), want)
	}
	for _, f := range reported {
		if f.Moment != s.moment || f.Kind != kind || f.Executor != "job" || f.RunID == "" || f.At.IsZero() {
			t.Errorf("fault %+v", f)
		}
		if len(f.Stack) == 0 || len(f.Stack) > 8<<10 || !strings.Contains(string(f.Stack), "faultTest") {
			t.Errorf("stack of %d bytes: %.200s", len(f.Stack), f.Stack)
		}
	}
	s.checkLog(t, logs, kind)
	return reported
}

// checkLog wants one line about the bad hook, of bounded size.
func (s faultTest) checkLog(t *testing.T, logs *logRecorder, kind core.FaultKind) {
	t.Helper()
	lines := logs.linesOf("bad")
	if len(lines) != 1 {
		t.Fatalf("%d lines were logged about the hook, want 1: %v", len(lines), lines)
	}
	line := lines[0]
	if line["moment"] != s.moment.String() || line["kind"] != string(kind) || line["executor"] != "job" || line["run"] == "" {
		t.Errorf("logged %v", line)
	}
	if len(line["value"]) > 1<<10+len("…") || len(line["stack"]) > 8<<10 {
		t.Errorf("logged a value of %d bytes and a stack of %d", len(line["value"]), len(line["stack"]))
	}
}

// each calls f for every moment that a flavour has.
func eachMoment(t *testing.T, form runForm, f func(t *testing.T, m core.Moment)) {
	t.Helper()
	for _, m := range calledMoments {
		if form.ownLoop && (m == core.MomentWorkerStart || m == core.MomentWorkerEnd) {
			continue
		}
		t.Run(m.String(), func(t *testing.T) { f(t, m) })
	}
}

func testHookPanics(t *testing.T) {
	huge := strings.Repeat("a long story ", 1<<20/13)
	values := []struct {
		name  string
		value any
		check func(got any) bool
	}{
		{"value", 42, func(got any) bool { return got == 42 }},
		{"error", errBoom, func(got any) bool { return got == any(errBoom) }},
		{"nil", nil, func(got any) bool { _, ok := got.(*runtime.PanicNilError); return ok }},
		{"huge string", huge, func(got any) bool { return got == any(huge) }},
	}
	for _, v := range values {
		t.Run(v.name, func(t *testing.T) {
			eachMoment(t, runForms()[0], func(t *testing.T, m core.Moment) {
				t.Helper()
				for position, name := range []string{"first", "middle", "last"} {
					t.Run(name, func(t *testing.T) {
						s := faultTest{runForms()[0], 3 - position, m, position, func() { panic(v.value) }}
						for _, f := range s.run(t, core.FaultPanic) {
							if !v.check(f.Value) {
								t.Errorf("the fault's value is %.100v", f.Value)
							}
						}
					})
				}
			})
		})
	}
	for _, form := range runForms()[1:] {
		t.Run(form.name, func(t *testing.T) {
			eachMoment(t, form, func(t *testing.T, m core.Moment) {
				t.Helper()
				faultTest{form, 2, m, 1, func() { panic("x") }}.run(t, core.FaultPanic)
			})
		})
	}
	t.Run("filter", func(t *testing.T) {
		seen, faults := namedRecorder{hooktest.NewRecorder(), "seen"}, hooktest.NewRecorder()
		e := core.NewExecutor(core.WithName("job"), core.WithLogger((&logRecorder{}).logger()))
		e.Register(core.Filter(seen, func(core.RunStart) bool { panic("x") }), faults)
		if err := core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		if f := onlyOne[core.Fault](t, faults); f.Hook != "seen" || f.Moment != core.MomentFilter || f.Kind != core.FaultPanic {
			t.Errorf("fault %+v", f)
		}
		onlyOne[core.RunEnd](t, seen.Recorder) // a run is seen when in doubt
	})
	// Progress is told by a clock: the next one must come even if a hook broke the last.
	t.Run("progress goes on", func(t *testing.T) {
		for kind, do := range map[core.FaultKind]func(){core.FaultPanic: func() { panic("x") }, core.FaultGoexit: runtime.Goexit} {
			t.Run(string(kind), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testProgressGoesOn(t, do) }) })
		}
	})
}

func testProgressGoesOn(t *testing.T, misbehave func()) {
	t.Helper()
	run := func(hooks ...core.Hook) int {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithLogger((&logRecorder{}).logger()))
		e.Register(append(hooks, rec)...)
		_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { time.Sleep(9550 * time.Millisecond); return nil })
		return len(hooktest.Of[core.Progress](rec))
	}
	bad := hookAt("bad", core.MomentProgress, func(ctx context.Context, _ any) context.Context { misbehave(); return ctx })
	if got, want := run(bad), run(); got != want {
		t.Errorf("%d progress events beside a broken hook, %d without it", got, want)
	}
}

func testHookGoexits(t *testing.T) {
	for _, form := range runForms() {
		if form.ownLoop {
			continue // where a hook exits the caller's goroutine: see below
		}
		t.Run(form.name, func(t *testing.T) {
			eachMoment(t, form, func(t *testing.T, m core.Moment) {
				t.Helper()
				for _, f := range (faultTest{form, 2, m, 1, runtime.Goexit}).run(t, core.FaultGoexit) {
					if f.Value != nil {
						t.Errorf("the fault's value is %v", f.Value)
					}
				}
			})
		})
	}
	// At moments of a chunk the goroutine belongs to the caller and is lost to
	// it; the chunk runs once all the same. Other moments have their own.
	t.Run("Start", func(t *testing.T) {
		eachMoment(t, runForms()[6], func(t *testing.T, m core.Moment) {
			t.Helper()
			faultTest{runForms()[6], 2, m, 1, runtime.Goexit}.run(t, core.FaultGoexit)
		})
	})
	// All workers lose their goroutine at the same moment, again and again.
	t.Run("8 workers at once", func(t *testing.T) {
		for _, m := range calledMoments {
			t.Run(m.String(), func(t *testing.T) { testAllWorkersGoexit(t, m) })
		}
	})
}

func testAllWorkersGoexit(t *testing.T, m core.Moment) {
	t.Helper()
	const workers, chunks = 8, 64
	var ran sync.Map
	exits := hookAt("exits", m, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	again := hookAt("again", core.MomentChunkStart, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	rec, logs := hooktest.NewRecorder(), &logRecorder{}
	e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1), core.WithContinueOnError(), core.WithLogger(logs.logger()))
	e.Register(exits, rec, again)
	together := newBarrier(workers)
	_, err := core.Map(t.Context(), e, indexes(chunks), func(_ context.Context, i int) (int, error) {
		if _, twice := ran.LoadOrStore(i, true); twice {
			t.Errorf("item %d ran twice", i)
		}
		together.wait()
		return 0, errBoom
	})
	if e := mustRunError(t, err); e.ItemsFailed != chunks || e.Outcome != core.OutcomeError {
		t.Errorf("%d of %d items failed, outcome %v", e.ItemsFailed, chunks, e.Outcome)
	}
	checkPairs(t, rec, workers)
	if n := len(hooktest.Of[core.ChunkEnd](rec)); n != chunks {
		t.Errorf("%d chunks ended, want %d", n, chunks)
	}
	for _, hook := range []string{"exits", "again"} {
		if n := len(logs.linesOf(hook)); n != 1 {
			t.Errorf("%d lines about hook %q, want 1", n, hook)
		}
	}
}

// barrier lets its users go on when all of them have come.
type barrier struct {
	mu      sync.Mutex
	arrived sync.Cond
	parties int
	waiting int
	round   int
}

func newBarrier(parties int) *barrier {
	b := &barrier{parties: parties}
	b.arrived.L = &b.mu
	return b
}

func (b *barrier) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting++
	if b.waiting == b.parties {
		b.waiting = 0
		b.round++
		b.arrived.Broadcast()
		return
	}
	for round := b.round; round == b.round; {
		b.arrived.Wait()
	}
}

func testHookBlocks(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			eachMoment(t, form, func(t *testing.T, m core.Moment) {
				t.Helper()
				for position, name := range []string{"first", "middle", "last"} {
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { testHookBlocksAt(t, form, m, position) })
					})
				}
			})
		})
	}
	// The time of one hook is not the time of the next.
	t.Run("two slow hooks", func(t *testing.T) {
		eachMoment(t, runForms()[0], func(t *testing.T, m core.Moment) {
			t.Helper()
			synctest.Test(t, func(t *testing.T) { testSlowNotStuck(t, m) })
		})
	})
	t.Run("filter", func(t *testing.T) {
		synctest.Test(t, testFilterStuck)
	})
	t.Run("each call of a hook by itself", func(t *testing.T) {
		synctest.Test(t, testStuckTwice)
	})
}

// testHookBlocksAt blocks a hook at its first call for a moment, for minutes.
func testHookBlocksAt(t *testing.T, form runForm, m core.Moment, position int) {
	t.Helper()
	release, logs := make(chan struct{}), &logRecorder{}
	var called atomic.Bool
	var blocked time.Time
	bad := hookAt("bad", m, func(ctx context.Context, _ any) context.Context {
		if !called.Swap(true) {
			blocked = time.Now()
			<-release
		}
		return ctx
	})
	rec, other := hooktest.NewRecorder(), hooktest.NewRecorder()
	hooks := slices.Insert([]core.Hook{rec, other}, position, core.Hook(bad))
	if m == core.MomentFault {
		hooks = append(hooks, hookAt("trigger", core.MomentChunkStart, func(context.Context, any) context.Context { panic("trigger") }))
	}
	w := workload{items: faultTestItems, workers: 2, continueOnError: true}
	w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
		time.Sleep(3 * time.Second) // calls begin at any time
		if lo <= faultTestFailing && faultTestFailing < hi {
			return nil, errBoom
		}
		return square(ctx, lo, hi)
	}
	e := w.executor(core.WithLogger(logs.logger()))
	e.Register(hooks...)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		form.run(t.Context(), e, w)
	}()
	time.Sleep(5 * time.Minute)
	select {
	case <-ended:
		t.Error("the run did not wait for its hook")
	default:
	}
	close(release)
	<-ended

	stuck := func(f core.Fault) bool { return f.Hook != "bad" }
	faults := slices.DeleteFunc(hooktest.Of[core.Fault](rec), stuck)
	want := 1
	if m == core.MomentFault {
		want = 0 // only logged, like other faults of fault hooks
	}
	if len(faults) != want {
		t.Fatalf("faults %+v, want %d", faults, want)
	}
	for _, f := range faults {
		if f.Kind != core.FaultStuck || f.Moment != m || f.Value != nil || len(f.Stack) != 0 {
			t.Errorf("fault %+v", f)
		}
		if after := f.At.Sub(blocked); after != 10*time.Second {
			t.Errorf("reported %v after the call", after)
		}
	}
	if lines := logs.linesOf("bad"); len(lines) != 1 || lines[0]["kind"] != "stuck" || lines[0]["moment"] != m.String() {
		t.Errorf("logged %v", lines)
	}
	if end := onlyOne[core.RunEnd](t, rec); end.ItemsDone != faultTestItems {
		t.Errorf("%d items were done", end.ItemsDone)
	}
}

// testSlowNotStuck lets two hooks take six seconds each.
func testSlowNotStuck(t *testing.T, m core.Moment) {
	t.Helper()
	slow := func(name string) core.Hook {
		return hookAt(name, m, func(ctx context.Context, _ any) context.Context {
			time.Sleep(6 * time.Second)
			return ctx
		})
	}
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithLogger((&logRecorder{}).logger()))
	e.Register(slow("one"), slow("two"), rec)
	if m == core.MomentFault {
		e.Register(hookAt("trigger", core.MomentRunStart, func(context.Context, any) context.Context { panic("trigger") }))
	}
	_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return errBoom })
	for _, f := range hooktest.Of[core.Fault](rec) {
		if f.Kind == core.FaultStuck {
			t.Errorf("hook %q is back after 6s, and reported as stuck at %v", f.Hook, f.Moment)
		}
	}
}

// testFilterStuck lets a predicate come back at the very instant it is reported.
func testFilterStuck(t *testing.T) {
	slow := func(keep bool) func(core.RunStart) bool {
		return func(core.RunStart) bool {
			time.Sleep(10 * time.Second)
			return keep
		}
	}
	e := core.NewExecutor(core.WithLogger((&logRecorder{}).logger()))
	e.Register(core.Filter(hooktest.NewRecorder(), slow(true)), core.Filter(hooktest.NewRecorder(), slow(false)))
	if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
		t.Error(err)
	}
}

// testStuckTwice blocks two calls of one hook: each is reported, one is logged.
func testStuckTwice(t *testing.T) {
	rec, logs := hooktest.NewRecorder(), &logRecorder{}
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithLogger(logs.logger()))
	e.Register(rec, hookAt("bad", core.MomentChunkEnd, func(ctx context.Context, _ any) context.Context {
		time.Sleep(25 * time.Second)
		return ctx
	}))
	_ = core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil })
	if n := len(hooktest.Of[core.Fault](rec)); n != 2 {
		t.Errorf("%d faults were told for two calls that did not come back", n)
	}
	if n := len(logs.linesOf("bad")); n != 1 {
		t.Errorf("%d lines were logged", n)
	}
}

func testHookMutates(t *testing.T) {
	attrs := func() map[string]string { return map[string]string{"tenant": "a", "source": "b"} }
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			var mutator eventMutator
			mutates := &funcHook{"vandal", func(ctx context.Context, _ core.Moment, event any) context.Context {
				mutator.mutate(event)
				return ctx
			}}
			trigger := hookAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("x") })
			rec := hooktest.NewRecorder()
			w := workload{items: faultTestItems, workers: 2, continueOnError: true}
			w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
				if info, ok := core.RunFrom(ctx); !ok || !reflect.DeepEqual(info.Attrs, attrs()) {
					t.Errorf("the function sees %v", info)
				}
				if lo <= faultTestFailing && faultTestFailing < hi {
					return nil, errBoom
				}
				return square(ctx, lo, hi)
			}
			e := w.executor(core.WithLogger((&logRecorder{}).logger()))
			e.Register(core.Filter(mutates, func(s core.RunStart) bool { overwrite(reflect.ValueOf(&s)); return true }), rec, trigger)
			given := attrs()
			result := form.run(core.WithRun(t.Context(), core.RunInfo{ID: "id", Attrs: given}), e, w)
			mutator.mutateAgain()

			if !reflect.DeepEqual(given, attrs()) {
				t.Errorf("the caller's own map is %v now", given)
			}
			if !form.stream && result.values[0] != valueOf(0) {
				t.Errorf("results %v", result.values)
			}
			start, end := onlyOne[core.RunStart](t, rec), onlyOne[core.RunEnd](t, rec)
			if !reflect.DeepEqual(start.Attrs, attrs()) || !reflect.DeepEqual(end.Attrs, attrs()) || end.RunID != "id" {
				t.Errorf("the next hook was told %+v and %+v", start, end)
			}
			faults := hooktest.Of[core.Fault](rec)
			if len(faults) == 0 {
				t.Error("no fault to mutate")
			}
			for _, f := range faults {
				if !strings.Contains(string(f.Stack), "core_test") {
					t.Errorf("the next hook was told the stack %.40q", f.Stack)
				}
			}
		})
	}
}

// keeper scribbles over events as they come, and again over all it has kept.
type eventMutator struct {
	mu   sync.Mutex
	kept []reflect.Value
}

func (k *eventMutator) mutate(event any) {
	v := reflect.New(reflect.TypeOf(event))
	v.Elem().Set(reflect.ValueOf(event))
	overwrite(v)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, v)
}

func (k *eventMutator) mutateAgain() {
	for _, v := range k.kept {
		overwrite(v)
	}
}

// scribble writes over everything that v points to. It stops at interfaces:
// what a fault's Value or an Err refers to is shared like any error in Go.
func overwrite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		overwrite(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				overwrite(f)
			}
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			v.SetMapIndex(key, reflect.ValueOf("scribbled"))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("more"), reflect.ValueOf("scribbled"))
		}
	case reflect.Slice:
		for i := range v.Len() {
			overwrite(v.Index(i))
		}
	case reflect.String:
		v.SetString("scribbled")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int64:
		v.SetInt(-7)
	case reflect.Uint8:
		v.SetUint('x')
	case reflect.Float64:
		v.SetFloat(-7)
	case reflect.Interface:
		v.SetZero()
	default:
		panic("scribble: " + v.Kind().String())
	}
}

type contextKey string // a key of contexts

func testHookContexts(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	late, stop := context.WithTimeout(context.Background(), -time.Second)
	defer stop()
	returned := []struct {
		name string
		make func(ctx context.Context) context.Context
	}{
		{"nil", func(context.Context) context.Context { return nil }},
		{"cancelled", func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(errBoom)
			return ctx
		}},
		{"timed out", func(ctx context.Context) context.Context {
			ctx, cancel := context.WithTimeout(ctx, 0)
			defer cancel()
			return ctx
		}},
		{"foreign", func(context.Context) context.Context {
			return context.WithValue(context.Background(), contextKey("foreign"), 1)
		}},
		{"foreign cancelled", func(context.Context) context.Context { return cancelled }},
		{"foreign timed out", func(context.Context) context.Context { return late }},
	}
	for _, r := range returned {
		for _, m := range []core.Moment{core.MomentRunStart, core.MomentChunkStart} {
			for _, form := range runForms() {
				t.Run(fmt.Sprintf("%s/%v/%s", r.name, m, form.name), func(t *testing.T) {
					bad := hookAt("bad", m, func(ctx context.Context, _ any) context.Context { return r.make(ctx) })
					w := workload{items: faultTestItems, workers: 2}
					if form.ownLoop {
						w.workers = 1 // or the loop's idea of which items a chunk has is not the run's
					}
					w.process = newItemTracker(w.items).process(func(ctx context.Context, i, _ int) error { return checkOwnContext(ctx, i) })
					rec := hooktest.NewRecorder()
					e := w.executor()
					e.Register(bad, rec)
					form.run(context.WithValue(t.Context(), contextKey("given"), "kept"), e, w)
					if end := onlyOne[core.RunEnd](t, rec); end.Err != nil {
						t.Error(end.Err)
					}
				})
			}
		}
	}
	// A chunk of an own loop may have a context that is never done, and neither
	// is the foreign one: they look alike, and must not be mixed up.
	t.Run("foreign/chunk without cancellation", func(t *testing.T) {
		e := core.NewExecutor()
		e.Register(hookAt("bad", core.MomentChunkStart, func(context.Context, any) context.Context { return context.Background() }))
		_, r := e.Start(t.Context(), 1)
		defer r.End(nil)
		given := context.WithValue(context.Background(), contextKey("given"), "kept")
		if err := r.Chunk(given, 1, func(ctx context.Context) error { return checkOwnContext(ctx, 0) }); err != nil {
			t.Error(err)
		}
	})
}

// checkOwnContext returns an error unless ctx is alive, belongs to the chunk of
// item i and has the caller's values.
func checkOwnContext(ctx context.Context, i int) error {
	if ctx.Err() != nil || context.Cause(ctx) != nil {
		return fmt.Errorf("the context is done: %w", context.Cause(ctx))
	}
	if _, limited := ctx.Deadline(); limited {
		return errors.New("the context has a deadline")
	}
	if ctx.Value(contextKey("given")) != "kept" {
		return errors.New("the caller's value is gone")
	}
	if chunk, ok := core.ChunkFrom(ctx); !ok || i < chunk.Offset || i >= chunk.Offset+chunk.Items || chunk.Run.ID == "" {
		return fmt.Errorf("item %d sees the chunk %+v", i, chunk)
	}
	return nil
}

// testHookReenters calls back into the executor from inside a hook, at another
// moment each round. In the bubble a deadlock fails by itself.
func testHookReenters(t *testing.T) {
	const rounds = 1000
	synctest.Test(t, func(t *testing.T) {
		for round := range rounds {
			m := calledMoments[round%len(calledMoments)]
			var called, done atomic.Bool
			w := workload{items: 2 * workloadChunk, workers: 2, continueOnError: true}
			w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
				if lo == 0 {
					return nil, errBoom
				}
				return square(ctx, lo, hi)
			}
			e := w.executor(core.WithLogger((&logRecorder{}).logger()))
			e.Register(hookAt("re-enters", m, func(ctx context.Context, _ any) context.Context {
				if !called.Swap(true) {
					done.Store(reenter(ctx, t, e))
				}
				return ctx
			}))
			if m == core.MomentFault {
				e.Register(hookAt("trigger", core.MomentChunkStart, func(context.Context, any) context.Context { panic("x") }))
			}
			form := runForms()[round%6]
			form.run(t.Context(), e, w)
			if !done.Load() {
				t.Fatalf("round %d: %v of %s did not get through", round, m, form.name)
			}
		}
	})
}

func reenter(ctx context.Context, t *testing.T, e *core.Executor) bool {
	t.Helper()
	inner := func() error {
		return core.ForEach(ctx, e, indexes(2), func(context.Context, int) error { return nil })
	}
	if err := inner(); err != nil && ctx.Err() == nil {
		t.Errorf("a run from inside a hook: %v", err)
	}
	e.Register(hooktest.NewRecorder())()
	if err := e.Shutdown(ctx); err != nil && ctx.Err() == nil {
		t.Errorf("Shutdown from inside a hook: %v", err)
	}
	if err := inner(); !errors.Is(err, core.ErrShutdown) {
		t.Errorf("a run after Shutdown: %v", err)
	}
	return true
}

func testHookTwice(t *testing.T) {
	rec, before, after := hooktest.NewRecorder(), hooktest.NewRecorder(), hooktest.NewRecorder()
	run := func(e *core.Executor) {
		if err := core.ForEach(t.Context(), e, indexes(4), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	one := core.NewExecutor(core.WithName("one"), core.WithChunkSize(2), core.WithWorkers(2))
	one.Register(before, rec, core.MultiHook(rec, core.Every(time.Second, rec)))
	remove := one.Register(rec, after)
	two := core.NewExecutor(core.WithName("two"), core.WithChunkSize(2), core.WithWorkers(2))
	two.Register(rec)

	run(one)
	run(two)
	checkPairs(t, rec, 2)
	var names []string
	for _, e := range hooktest.Of[core.RunEnd](rec) {
		names = append(names, e.Executor)
	}
	if !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("the hook saw runs of %v, want one of each executor", names)
	}
	if n := len(hooktest.Of[core.ChunkEnd](rec)); n != 4 {
		t.Errorf("the hook saw %d chunks, want 2 of each executor", n)
	}
	remove() // takes one registration away, the hook has another
	run(one)
	if n := len(hooktest.Of[core.RunEnd](rec)); n != 3 || len(hooktest.Of[core.RunEnd](after)) != 1 || len(hooktest.Of[core.RunEnd](before)) != 2 {
		t.Errorf("the hook saw %d runs, its neighbours %d and %d", n, len(hooktest.Of[core.RunEnd](before)), len(hooktest.Of[core.RunEnd](after)))
	}
}
