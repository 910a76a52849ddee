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
type faultScene struct {
	flavour flavour
	workers int
	moment  core.Moment
	place   int // of the bad hook: 0 first, 1 in the middle, 2 last
	do      func()
}

const (
	sceneItems  = 12
	sceneFailed = 4 // the item that panics or fails
)

// play runs the scene and checks all that must hold whatever the hook does.
// It returns the faults that the witnesses were told.
func (s faultScene) play(t *testing.T, kind core.FaultKind) []core.Fault {
	t.Helper()
	logs := &logBook{}
	var mu sync.Mutex
	calls := 0
	bad := tapAt("bad", s.moment, func(ctx context.Context, _ any) context.Context {
		mu.Lock()
		calls++
		mu.Unlock()
		s.do()
		return ctx
	})
	witnesses := []*witness{newWitness("one"), newWitness("two")}
	hooks := slices.Insert([]core.Hook{witnesses[0], witnesses[1]}, s.place, core.Hook(bad))
	if s.moment == core.MomentFault {
		trigger := tapAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("trigger") })
		hooks = slices.Insert(hooks, 0, core.Hook(trigger))
	}

	truth := newLedger(sceneItems)
	j := job{n: sceneItems, workers: s.workers, keepGoing: true}
	j.unit = truth.unit(func(_ context.Context, i, _ int) error {
		if i == sceneFailed {
			panic(errBoom) // of user code: not to be taken for one of a hook
		}
		return nil
	})
	e := j.executor(core.WithLogger(logs.logger()), core.WithProgressInterval(0))
	e.Register(hooks...)
	a := s.flavour.run(t.Context(), e, j)

	for i, f := range truth.fates {
		failed := i == sceneFailed || s.flavour.whole && f == fateFailed && i/jobChunk == sceneFailed/jobChunk
		if (f == fateFailed) != failed && !s.flavour.stream || f == fateUnfinished {
			t.Errorf("item %d: fate %d", i, f)
		}
		if !s.flavour.stream && f == fateOK && a.values[i] != valueOf(i) {
			t.Errorf("result %d is %d, want %d", i, a.values[i], valueOf(i))
		}
	}
	workers := s.workers
	if s.flavour.own {
		workers = 0
	}
	for _, w := range witnesses {
		w.checkPairs(t, workers)
		end := onlyOne[core.RunEnd](t, w)
		if end.ItemsDone != sceneItems || end.ItemsFailed != truth.count(fateFailed) || end.Outcome != core.OutcomePanic {
			t.Errorf("the run ended %+v", end)
		}
		if n := len(toldOf[core.ItemFailure](w)); n != 1 {
			t.Errorf("%d failures were told", n)
		}
		progress := toldOf[core.Progress](w)
		if len(progress) == 0 || progress[len(progress)-1].ItemsDone != sceneItems {
			t.Errorf("the last progress is missing: %+v", progress)
		}
	}

	faults := toldOf[core.Fault](witnesses[0])
	if len(faults) != len(toldOf[core.Fault](witnesses[1])) {
		t.Errorf("one witness was told %d faults, the other %d", len(faults), len(toldOf[core.Fault](witnesses[1])))
	}
	told := slices.DeleteFunc(slices.Clone(faults), func(f core.Fault) bool { return f.Hook != "bad" })
	due := calls
	if s.moment == core.MomentFault {
		due = 0 // a fault of a fault hook is only logged
		if calls != len(faults) {
			t.Errorf("OnFault was called %d times for %d faults", calls, len(faults))
		}
	}
	if calls == 0 || len(told) != due {
		t.Errorf("%d calls, %d faults told, want %d", calls, len(told), due)
	}
	for _, f := range told {
		if f.Moment != s.moment || f.Kind != kind || f.Executor != "job" || f.RunID == "" || f.At.IsZero() {
			t.Errorf("fault %+v", f)
		}
		if len(f.Stack) == 0 || len(f.Stack) > 8<<10 || !strings.Contains(string(f.Stack), "faultScene") {
			t.Errorf("stack of %d bytes: %.200s", len(f.Stack), f.Stack)
		}
	}
	s.checkLog(t, logs, kind)
	return told
}

// checkLog wants one line about the bad hook, of bounded size.
func (s faultScene) checkLog(t *testing.T, logs *logBook, kind core.FaultKind) {
	t.Helper()
	lines := logs.of("bad")
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
func eachMoment(t *testing.T, fl flavour, f func(t *testing.T, m core.Moment)) {
	t.Helper()
	for _, m := range raisedMoments {
		if fl.own && (m == core.MomentWorkerStart || m == core.MomentWorkerEnd) {
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
			eachMoment(t, flavours()[0], func(t *testing.T, m core.Moment) {
				t.Helper()
				for place, name := range []string{"first", "middle", "last"} {
					t.Run(name, func(t *testing.T) {
						s := faultScene{flavours()[0], 3 - place, m, place, func() { panic(v.value) }}
						for _, f := range s.play(t, core.FaultPanic) {
							if !v.check(f.Value) {
								t.Errorf("the fault's value is %.100v", f.Value)
							}
						}
					})
				}
			})
		})
	}
	for _, fl := range flavours()[1:] {
		t.Run(fl.name, func(t *testing.T) {
			eachMoment(t, fl, func(t *testing.T, m core.Moment) {
				t.Helper()
				faultScene{fl, 2, m, 1, func() { panic("x") }}.play(t, core.FaultPanic)
			})
		})
	}
	t.Run("filter", func(t *testing.T) {
		seen, faults := newWitness("seen"), newWitness("faults")
		e := core.NewExecutor(core.WithName("job"), core.WithLogger((&logBook{}).logger()))
		e.Register(core.Filter(seen, func(core.RunStart) bool { panic("x") }), faults)
		if err := core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
		if f := onlyOne[core.Fault](t, faults); f.Hook != "seen" || f.Moment != core.MomentFilter || f.Kind != core.FaultPanic {
			t.Errorf("fault %+v", f)
		}
		onlyOne[core.RunEnd](t, seen) // a run is seen when in doubt
	})
	// Progress is told by a clock: the next one must come even if a hook broke the last.
	t.Run("progress goes on", func(t *testing.T) {
		for kind, do := range map[core.FaultKind]func(){core.FaultPanic: func() { panic("x") }, core.FaultGoexit: runtime.Goexit} {
			t.Run(string(kind), func(t *testing.T) { synctest.Test(t, func(t *testing.T) { testProgressGoesOn(t, do) }) })
		}
	})
}

func testProgressGoesOn(t *testing.T, do func()) {
	t.Helper()
	run := func(hooks ...core.Hook) int {
		w := newWitness("witness")
		e := core.NewExecutor(core.WithLogger((&logBook{}).logger()))
		e.Register(append(hooks, w)...)
		_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { time.Sleep(9550 * time.Millisecond); return nil })
		return len(toldOf[core.Progress](w))
	}
	bad := tapAt("bad", core.MomentProgress, func(ctx context.Context, _ any) context.Context { do(); return ctx })
	if got, want := run(bad), run(); got != want {
		t.Errorf("%d progress events beside a broken hook, %d without it", got, want)
	}
}

func testHookGoexits(t *testing.T) {
	for _, fl := range flavours() {
		if fl.own {
			continue // where a hook exits the caller's goroutine: see below
		}
		t.Run(fl.name, func(t *testing.T) {
			eachMoment(t, fl, func(t *testing.T, m core.Moment) {
				t.Helper()
				for _, f := range (faultScene{fl, 2, m, 1, runtime.Goexit}).play(t, core.FaultGoexit) {
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
		eachMoment(t, flavours()[6], func(t *testing.T, m core.Moment) {
			t.Helper()
			faultScene{flavours()[6], 2, m, 1, runtime.Goexit}.play(t, core.FaultGoexit)
		})
	})
	// All workers lose their goroutine at the same moment, again and again.
	t.Run("8 workers at once", func(t *testing.T) {
		for _, m := range raisedMoments {
			t.Run(m.String(), func(t *testing.T) { testAllWorkersGoexit(t, m) })
		}
	})
}

func testAllWorkersGoexit(t *testing.T, m core.Moment) {
	t.Helper()
	const workers, chunks = 8, 64
	var ran sync.Map
	exits := tapAt("exits", m, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	again := tapAt("again", core.MomentChunkStart, func(ctx context.Context, _ any) context.Context { runtime.Goexit(); return ctx })
	w, logs := newWitness("witness"), &logBook{}
	e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1), core.WithContinueOnError(), core.WithLogger(logs.logger()))
	e.Register(exits, w, again)
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
	w.checkPairs(t, workers)
	if n := len(toldOf[core.ChunkEnd](w)); n != chunks {
		t.Errorf("%d chunks ended, want %d", n, chunks)
	}
	for _, hook := range []string{"exits", "again"} {
		if n := len(logs.of(hook)); n != 1 {
			t.Errorf("%d lines about hook %q, want 1", n, hook)
		}
	}
}

// barrier lets its users go on when all of them have come.
type barrier struct {
	mu      sync.Mutex
	come    sync.Cond
	parties int
	waiting int
	round   int
}

func newBarrier(parties int) *barrier {
	b := &barrier{parties: parties}
	b.come.L = &b.mu
	return b
}

func (b *barrier) wait() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting++
	if b.waiting == b.parties {
		b.waiting = 0
		b.round++
		b.come.Broadcast()
		return
	}
	for round := b.round; round == b.round; {
		b.come.Wait()
	}
}

func testHookBlocks(t *testing.T) {
	for _, fl := range flavours() {
		t.Run(fl.name, func(t *testing.T) {
			eachMoment(t, fl, func(t *testing.T, m core.Moment) {
				t.Helper()
				for place, name := range []string{"first", "middle", "last"} {
					t.Run(name, func(t *testing.T) {
						synctest.Test(t, func(t *testing.T) { testHookBlocksAt(t, fl, m, place) })
					})
				}
			})
		})
	}
	// The time of one hook is not the time of the next.
	t.Run("two slow hooks", func(t *testing.T) {
		eachMoment(t, flavours()[0], func(t *testing.T, m core.Moment) {
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
func testHookBlocksAt(t *testing.T, fl flavour, m core.Moment, place int) {
	t.Helper()
	release, logs := make(chan struct{}), &logBook{}
	var called atomic.Bool
	var blocked time.Time
	bad := tapAt("bad", m, func(ctx context.Context, _ any) context.Context {
		if !called.Swap(true) {
			blocked = time.Now()
			<-release
		}
		return ctx
	})
	w, other := newWitness("witness"), newWitness("other")
	hooks := slices.Insert([]core.Hook{w, other}, place, core.Hook(bad))
	if m == core.MomentFault {
		hooks = append(hooks, tapAt("trigger", core.MomentChunkStart, func(context.Context, any) context.Context { panic("trigger") }))
	}
	j := job{n: sceneItems, workers: 2, keepGoing: true}
	j.unit = func(ctx context.Context, lo, hi int) ([]int, error) {
		time.Sleep(3 * time.Second) // calls begin at any time
		if lo <= sceneFailed && sceneFailed < hi {
			return nil, errBoom
		}
		return square(ctx, lo, hi)
	}
	e := j.executor(core.WithLogger(logs.logger()))
	e.Register(hooks...)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		fl.run(t.Context(), e, j)
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
	faults := slices.DeleteFunc(toldOf[core.Fault](w), stuck)
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
	if lines := logs.of("bad"); len(lines) != 1 || lines[0]["kind"] != "stuck" || lines[0]["moment"] != m.String() {
		t.Errorf("logged %v", lines)
	}
	if end := onlyOne[core.RunEnd](t, w); end.ItemsDone != sceneItems {
		t.Errorf("%d items were done", end.ItemsDone)
	}
}

// testSlowNotStuck lets two hooks take six seconds each.
func testSlowNotStuck(t *testing.T, m core.Moment) {
	t.Helper()
	slow := func(name string) core.Hook {
		return tapAt(name, m, func(ctx context.Context, _ any) context.Context {
			time.Sleep(6 * time.Second)
			return ctx
		})
	}
	w := newWitness("witness")
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithLogger((&logBook{}).logger()))
	e.Register(slow("one"), slow("two"), w)
	if m == core.MomentFault {
		e.Register(tapAt("trigger", core.MomentRunStart, func(context.Context, any) context.Context { panic("trigger") }))
	}
	_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return errBoom })
	for _, f := range toldOf[core.Fault](w) {
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
	e := core.NewExecutor(core.WithLogger((&logBook{}).logger()))
	e.Register(core.Filter(newWitness("in"), slow(true)), core.Filter(newWitness("out"), slow(false)))
	if err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
		t.Error(err)
	}
}

// testStuckTwice blocks two calls of one hook: each is reported, one is logged.
func testStuckTwice(t *testing.T) {
	w, logs := newWitness("witness"), &logBook{}
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithLogger(logs.logger()))
	e.Register(w, tapAt("bad", core.MomentChunkEnd, func(ctx context.Context, _ any) context.Context {
		time.Sleep(25 * time.Second)
		return ctx
	}))
	_ = core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil })
	if n := len(toldOf[core.Fault](w)); n != 2 {
		t.Errorf("%d faults were told for two calls that did not come back", n)
	}
	if n := len(logs.of("bad")); n != 1 {
		t.Errorf("%d lines were logged", n)
	}
}

func testHookMutates(t *testing.T) {
	attrs := func() map[string]string { return map[string]string{"tenant": "a", "source": "b"} }
	for _, fl := range flavours() {
		t.Run(fl.name, func(t *testing.T) {
			var kept keeper
			vandal := &tap{"vandal", func(ctx context.Context, _ core.Moment, event any) context.Context {
				kept.keep(event)
				return ctx
			}}
			trigger := tapAt("trigger", core.MomentChunkEnd, func(context.Context, any) context.Context { panic("x") })
			w := newWitness("witness")
			j := job{n: sceneItems, workers: 2, keepGoing: true}
			j.unit = func(ctx context.Context, lo, hi int) ([]int, error) {
				if info, ok := core.RunFrom(ctx); !ok || !reflect.DeepEqual(info.Attrs, attrs()) {
					t.Errorf("the function sees %v", info)
				}
				if lo <= sceneFailed && sceneFailed < hi {
					return nil, errBoom
				}
				return square(ctx, lo, hi)
			}
			e := j.executor(core.WithLogger((&logBook{}).logger()))
			e.Register(core.Filter(vandal, func(s core.RunStart) bool { scribble(reflect.ValueOf(&s)); return true }), w, trigger)
			given := attrs()
			a := fl.run(core.WithRun(t.Context(), core.RunInfo{ID: "id", Attrs: given}), e, j)
			kept.scribbleAll()

			if !reflect.DeepEqual(given, attrs()) {
				t.Errorf("the caller's own map is %v now", given)
			}
			if !fl.stream && a.values[0] != valueOf(0) {
				t.Errorf("results %v", a.values)
			}
			start, end := onlyOne[core.RunStart](t, w), onlyOne[core.RunEnd](t, w)
			if !reflect.DeepEqual(start.Attrs, attrs()) || !reflect.DeepEqual(end.Attrs, attrs()) || end.RunID != "id" {
				t.Errorf("the next hook was told %+v and %+v", start, end)
			}
			faults := toldOf[core.Fault](w)
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
type keeper struct {
	mu   sync.Mutex
	kept []reflect.Value
}

func (k *keeper) keep(event any) {
	v := reflect.New(reflect.TypeOf(event))
	v.Elem().Set(reflect.ValueOf(event))
	scribble(v)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, v)
}

func (k *keeper) scribbleAll() {
	for _, v := range k.kept {
		scribble(v)
	}
}

// scribble writes over everything that v points to. It stops at interfaces:
// what a fault's Value or an Err refers to is shared like any error in Go.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		scribble(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				scribble(f)
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
			scribble(v.Index(i))
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

type mark string // a key of contexts

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
			return context.WithValue(context.Background(), mark("foreign"), 1)
		}},
		{"foreign cancelled", func(context.Context) context.Context { return cancelled }},
		{"foreign timed out", func(context.Context) context.Context { return late }},
	}
	for _, r := range returned {
		for _, m := range []core.Moment{core.MomentRunStart, core.MomentChunkStart} {
			for _, fl := range flavours() {
				t.Run(fmt.Sprintf("%s/%v/%s", r.name, m, fl.name), func(t *testing.T) {
					bad := tapAt("bad", m, func(ctx context.Context, _ any) context.Context { return r.make(ctx) })
					j := job{n: sceneItems, workers: 2}
					if fl.own {
						j.workers = 1 // or the loop's idea of which items a chunk has is not the run's
					}
					j.unit = newLedger(j.n).unit(func(ctx context.Context, i, _ int) error { return checkOwnContext(ctx, i) })
					w := newWitness("witness")
					e := j.executor()
					e.Register(bad, w)
					fl.run(context.WithValue(t.Context(), mark("given"), "kept"), e, j)
					if end := onlyOne[core.RunEnd](t, w); end.Err != nil {
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
		e.Register(tapAt("bad", core.MomentChunkStart, func(context.Context, any) context.Context { return context.Background() }))
		_, r := e.Start(t.Context(), 1)
		defer r.End(nil)
		given := context.WithValue(context.Background(), mark("given"), "kept")
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
	if ctx.Value(mark("given")) != "kept" {
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
			m := raisedMoments[round%len(raisedMoments)]
			var called, done atomic.Bool
			j := job{n: 2 * jobChunk, workers: 2, keepGoing: true}
			j.unit = func(ctx context.Context, lo, hi int) ([]int, error) {
				if lo == 0 {
					return nil, errBoom
				}
				return square(ctx, lo, hi)
			}
			e := j.executor(core.WithLogger((&logBook{}).logger()))
			e.Register(tapAt("re-enters", m, func(ctx context.Context, _ any) context.Context {
				if !called.Swap(true) {
					done.Store(reenter(ctx, t, e))
				}
				return ctx
			}))
			if m == core.MomentFault {
				e.Register(tapAt("trigger", core.MomentChunkStart, func(context.Context, any) context.Context { panic("x") }))
			}
			fl := flavours()[round%6]
			fl.run(t.Context(), e, j)
			if !done.Load() {
				t.Fatalf("round %d: %v of %s did not get through", round, m, fl.name)
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
	e.Register(newWitness("new"))()
	if err := e.Shutdown(ctx); err != nil && ctx.Err() == nil {
		t.Errorf("Shutdown from inside a hook: %v", err)
	}
	if err := inner(); !errors.Is(err, core.ErrShutdown) {
		t.Errorf("a run after Shutdown: %v", err)
	}
	return true
}

func testHookTwice(t *testing.T) {
	w, before, after := newWitness("shared"), newWitness("before"), newWitness("after")
	run := func(e *core.Executor) {
		if err := core.ForEach(t.Context(), e, indexes(4), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	one := core.NewExecutor(core.WithName("one"), core.WithChunkSize(2), core.WithWorkers(2))
	one.Register(before, w, core.MultiHook(w, core.Every(time.Second, w)))
	remove := one.Register(w, after)
	two := core.NewExecutor(core.WithName("two"), core.WithChunkSize(2), core.WithWorkers(2))
	two.Register(w)

	run(one)
	run(two)
	w.checkPairs(t, 2)
	var names []string
	for _, e := range toldOf[core.RunEnd](w) {
		names = append(names, e.Executor)
	}
	if !slices.Equal(names, []string{"one", "two"}) {
		t.Errorf("the hook saw runs of %v, want one of each executor", names)
	}
	if n := len(toldOf[core.ChunkEnd](w)); n != 4 {
		t.Errorf("the hook saw %d chunks, want 2 of each executor", n)
	}
	remove() // takes one registration away, the hook has another
	run(one)
	if n := len(toldOf[core.RunEnd](w)); n != 3 || len(toldOf[core.RunEnd](after)) != 1 || len(toldOf[core.RunEnd](before)) != 2 {
		t.Errorf("the hook saw %d runs, its neighbours %d and %d", n, len(toldOf[core.RunEnd](before)), len(toldOf[core.RunEnd](after)))
	}
}
