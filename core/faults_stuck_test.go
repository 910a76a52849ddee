package core_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

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
	// Each hook has its own time limit.
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

// testHookBlocksAt blocks the first call of a hook at a moment for minutes.
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
		time.Sleep(3 * time.Second) // so that calls begin at different times
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

// testSlowNotStuck has two hooks that take six seconds each.
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

// testFilterStuck has a predicate that returns at the instant of its report.
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

// testStuckTwice blocks two calls of one hook: both are reported, one is logged.
func testStuckTwice(t *testing.T) {
	rec, logs := hooktest.NewRecorder(), &logRecorder{}
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithLogger(logs.logger()))
	e.Register(rec, hookAt("bad", core.MomentChunkEnd, func(ctx context.Context, _ any) context.Context {
		time.Sleep(25 * time.Second)
		return ctx
	}))
	_ = core.ForEach(t.Context(), e, indexes(2), func(context.Context, int) error { return nil })
	if n := len(hooktest.Of[core.Fault](rec)); n != 2 {
		t.Errorf("%d faults for two calls that did not return", n)
	}
	if n := len(logs.linesOf("bad")); n != 1 {
		t.Errorf("%d lines were logged", n)
	}
}
