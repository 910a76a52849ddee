package core_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// Results are the same without hooks, with hooks that were unregistered, and with many.
func TestWithoutHooks(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			w := workload{items: 50, workers: 4, process: square}
			register := map[string]func(*core.Executor){
				"none":         func(*core.Executor) {},
				"empty":        func(e *core.Executor) { e.Register(nil, core.MultiHook()) },
				"unregistered": func(e *core.Executor) { e.Register(hooktest.NewRecorder())() },
				"one":          func(e *core.Executor) { e.Register(hooktest.NewRecorder()) },
				"many":         func(e *core.Executor) { e.Register(newSpanHook("a"), hooktest.NewRecorder(), newSpanHook("b")) },
			}
			for name, register := range register {
				e := w.executor()
				register(e)
				result := form.run(t.Context(), e, w)
				if result.err != nil || len(result.values) != w.items {
					t.Fatalf("%s: %d results, %v", name, len(result.values), result.err)
				}
				for i, v := range result.values {
					if v != valueOf(i) {
						t.Errorf("%s: result %d is %d, want %d", name, i, v, valueOf(i))
					}
				}
			}
		})
	}
}

// Starts are called in the order of registration, ends in reverse, and the others in
// order.
func TestOrderOfHooks(t *testing.T) {
	var mu sync.Mutex
	order := map[core.Moment]string{}
	hook := func(name string) core.Hook {
		return &funcHook{name, func(ctx context.Context, m core.Moment, _ any) context.Context {
			mu.Lock()
			order[m] += name
			mu.Unlock()
			if name == "z" && m == core.MomentRunStart {
				panic("x")
			}
			return ctx
		}}
	}
	e := core.NewExecutor(core.WithWorkers(1), core.WithLogger((&logRecorder{}).logger()))
	removeC := e.Register(hook("a"), hook("b"))
	e.Register(hook("c"), core.MultiHook(hook("d"), core.MultiHook(hook("z"))))
	err := core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return errBoom })
	if failed := mustRunError(t, err); failed.ItemsFailed != 1 {
		t.Error(failed)
	}
	for _, m := range calledMoments {
		want := "abcdz"
		if slices.Contains([]core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentChunkEnd}, m) {
			want = "zdcba"
		}
		if order[m] != want {
			t.Errorf("%v: hooks called in the order %s, want %s", m, order[m], want)
		}
	}
	removeC()
	clear(order)
	e.Register(hook("e"))
	_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil })
	if order[core.MomentRunStart] != "cdze" || order[core.MomentRunEnd] != "ezdc" {
		t.Errorf("after changes: starts %s, ends %s", order[core.MomentRunStart], order[core.MomentRunEnd])
	}
}

// A run keeps the hooks that were registered when it began.
func TestUnregister(t *testing.T) {
	const cycles = 20
	kept, other, late := hooktest.NewRecorder(), hooktest.NewRecorder(), hooktest.NewRecorder()
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
	run := func(f func(i int)) {
		if err := core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error { f(i); return nil }); err != nil {
			t.Error(err)
		}
	}
	e.Register(kept)
	for range cycles {
		remove := e.Register(other)
		run(func(i int) {
			if i == 0 { // has an effect on later runs only
				remove()
				e.Register(late)()
			}
		})
		remove() // a second call has no effect
		run(func(int) {})
	}
	for name, want := range map[string]struct {
		rec  *hooktest.Recorder
		runs int
	}{"kept": {kept, 2 * cycles}, "other": {other, cycles}, "late": {late, 0}} {
		runs, chunks := len(hooktest.Of[core.RunEnd](want.rec)), len(hooktest.Of[core.ChunkEnd](want.rec))
		if runs != want.runs || chunks != 2*want.runs {
			t.Errorf("hook %q saw %d runs and %d chunks, want %d and %d", name, runs, chunks, want.runs, 2*want.runs)
		}
	}
	checkPairs(t, kept, 1)
	checkPairs(t, other, 1)
}

func TestConcurrentRegistration(t *testing.T) {
	const goroutines, times = 5, 10
	e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1))
	run := func() {
		if err := core.ForEach(t.Context(), e, indexes(4), func(context.Context, int) error { return nil }); err != nil {
			t.Error(err)
		}
	}
	var mu sync.Mutex
	var hooks []*hooktest.Recorder
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for range times {
				rec := hooktest.NewRecorder()
				e.Register(rec)
				mu.Lock()
				hooks = append(hooks, rec)
				mu.Unlock()
				run()
				e.Register(hooktest.NewRecorder())()
			}
		})
	}
	all.Wait()
	before := map[*hooktest.Recorder]int{}
	for _, rec := range hooks {
		checkPairs(t, rec, 2) // each got complete runs only
		before[rec] = len(hooktest.Of[core.RunEnd](rec))
	}
	for range goroutines {
		all.Go(func() {
			for range times {
				run()
			}
		})
	}
	all.Wait()
	if len(hooks) != goroutines*times {
		t.Fatalf("%d hooks", len(hooks))
	}
	for _, rec := range hooks {
		checkPairs(t, rec, 2)
		if n := len(hooktest.Of[core.RunEnd](rec)) - before[rec]; n != goroutines*times {
			t.Errorf("a hook saw %d runs, want %d", n, goroutines*times)
		}
	}
}
