package core_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// testHookReenters calls the executor from inside a hook, at another moment each
// round. synctest reports a deadlock.
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
	remove() // the hook has another registration
	run(one)
	if n := len(hooktest.Of[core.RunEnd](rec)); n != 3 || len(hooktest.Of[core.RunEnd](after)) != 1 || len(hooktest.Of[core.RunEnd](before)) != 2 {
		t.Errorf("the hook saw %d runs, its neighbours %d and %d", n, len(hooktest.Of[core.RunEnd](before)), len(hooktest.Of[core.RunEnd](after)))
	}
}
