package core_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestEveryLimitsProgress(t *testing.T) {
	for _, limit := range []time.Duration{time.Second, 2500 * time.Millisecond, time.Hour} {
		t.Run(limit.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n, each = 100, 130 * time.Millisecond
				rec, free := hooktest.NewRecorder(), hooktest.NewRecorder()
				var calls []time.Time
				when := core.OnProgress(func(core.Progress) { calls = append(calls, time.Now()) })
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
				e.Register(core.Every(limit, core.MultiHook(rec, when)), free)
				_ = core.ForEach(t.Context(), e, indexes(n), func(context.Context, int) error { time.Sleep(each); return nil })
				limited := hooktest.Of[core.Progress](rec)
				for _, p := range limited {
					if percent, ok := p.Percent(); !ok || percent != float64(p.ItemsDone) || p.Items != n {
						t.Errorf("%d of %d items are %v %%", p.ItemsDone, p.Items, percent)
					}
				}
				for i := 1; i < len(calls)-1; i++ { // the last one always comes
					if after := calls[i].Sub(calls[i-1]); after < limit {
						t.Errorf("called again after %v", after)
					}
				}
				if most := int(n*each/limit) + 2; len(limited) < 2 || len(limited) > most || len(limited) != len(calls) || limited[len(limited)-1].ItemsDone != n {
					t.Errorf("called %d times, want at most %d; the last time at %d items", len(limited), most, limited[len(limited)-1].ItemsDone)
				}
				if all := len(hooktest.Of[core.Progress](free)); all <= 2*len(limited) {
					t.Errorf("the hook without a limit was called %d times, the other %d times", all, len(limited))
				}
				if n, chunks := len(hooktest.Of[core.ChunkEnd](rec)), len(hooktest.Of[core.ChunkEnd](free)); n != chunks {
					t.Errorf("%d of %d chunks were reported: other moments have no limit", n, chunks)
				}
			})
		})
	}
}

// TestEvery has news every 9.7 ms for 970 ms, so that hooks without a limit get a
// Progress every 100 ms.
func TestEvery(t *testing.T) {
	limit := 350 * tick
	limited, all := atMilliseconds(100, 500, 900, 970), atMilliseconds(100, 200, 300, 400, 500, 600, 700, 800, 900, 970)
	tests := []struct {
		name string
		wrap func(a, b *hooktest.Recorder) core.Hook
		a, b []time.Duration
	}{
		{"one of two", func(a, b *hooktest.Recorder) core.Hook { return core.MultiHook(core.Every(limit, a), b) }, limited, all},
		{"the other one", func(a, b *hooktest.Recorder) core.Hook { return core.MultiHook(a, core.Every(limit, b)) }, all, limited},
		{"several", func(a, b *hooktest.Recorder) core.Hook { return core.Every(limit, core.MultiHook(a, b)) }, limited, limited},
		{"nested", func(a, b *hooktest.Recorder) core.Hook {
			return core.Every(tick, core.Every(limit, core.MultiHook(a, b)))
		}, limited, limited},
		{"nested otherwise", func(a, b *hooktest.Recorder) core.Hook {
			return core.Every(limit, core.Every(tick, core.MultiHook(a, b)))
		}, limited, limited},
		{"shorter than the interval", func(a, b *hooktest.Recorder) core.Hook { return core.Every(tick, core.MultiHook(a, b)) }, all, all},
		{"in a filter", func(a, b *hooktest.Recorder) core.Hook {
			return core.Filter(core.Every(limit, core.MultiHook(a, b)), func(core.RunStart) bool { return true })
		}, limited, limited},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := hooktest.NewRecorder(), hooktest.NewRecorder()
				mapItems(t, tt.wrap(a, b), 100, 9700*time.Microsecond)
				checkEqual(t, "a was called at", progressValues(a, elapsed), tt.a)
				checkEqual(t, "b was called at", progressValues(b, elapsed), tt.b)
				for name, rec := range map[string]*hooktest.Recorder{"a": a, "b": b} {
					if chunks := len(hooktest.Of[core.ChunkEnd](rec)); chunks != 100 {
						t.Errorf("%s: %d chunk ends, want 100: other moments are not limited", name, chunks)
					}
				}
			})
		})
	}
}

// TestEveryKeepsTheLastValue has news at 80 ms and 180 ms, and then none for a second.
func TestEveryKeepsTheLastValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithHeartbeat(time.Hour))
		e.Register(core.Every(350*tick, rec))
		_ = core.ForEach(t.Context(), e, []int{80, 100, 1000}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * tick)
			return nil
		})
		type view struct {
			at     time.Duration // of the value
			chunks int
		}
		checkEqual(t, "values", progressValues(rec, func(p core.Progress) view { return view{p.Elapsed, p.Chunks} }),
			[]view{{100 * tick, 1}, {200 * tick, 2}, {1180 * tick, 3}})
	})
}

// newOrderHook returns a hook that adds its name to a shared list.
func newOrderHook(name string, list *[]string) core.Hook {
	return &funcHook{name, func(ctx context.Context, m core.Moment, _ any) context.Context {
		if m == core.MomentRunStart || m == core.MomentRunEnd {
			*list = append(*list, name)
		}
		return ctx
	}}
}

func TestMultiHook(t *testing.T) {
	for _, empty := range []core.Hook{core.MultiHook(), core.MultiHook(nil, core.MultiHook(nil)), nil} {
		e := core.NewExecutor()
		unregister := e.Register(empty, core.MultiHook(empty))
		if out, err := core.Map(t.Context(), e, indexes(2), sleepFor(0)); err != nil || len(out) != 2 {
			t.Errorf("with an empty hook: %v, %v", out, err)
		}
		unregister()
	}
	var order []string
	hook := func(name string) core.Hook { return newOrderHook(name, &order) }
	e := core.NewExecutor()
	e.Register(core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), core.MultiHook(), core.MultiHook(hook("c")))), nil, hook("d"))
	_, _ = core.Map(t.Context(), e, indexes(1), sleepFor(0))
	checkEqual(t, "order", order, []string{"a", "b", "c", "d", "d", "c", "b", "a"})

	all := core.MultiHook(hook("a"), nil, core.MultiHook(hook("b"), hook("c")))
	for range 2 {
		hooks := core.Hooks(all)
		var names []string
		for i, h := range hooks {
			names = append(names, h.HookName())
			hooks[i] = nil // the caller owns the list
		}
		checkEqual(t, "unwrapped", names, []string{"a", "b", "c"})
	}
}

// TestWrapperPanics checks that Every and Filter report mistakes at once.
func TestWrapperPanics(t *testing.T) {
	rec := hooktest.NewRecorder()
	for name, mistake := range map[string]func(){
		"Every(0)":      func() { core.Every(0, rec) },
		"Every(-1)":     func() { core.Every(-1, rec) },
		"Every of nil":  func() { core.Every(1, nil) },
		"Filter of nil": func() { core.Filter(nil, func(core.RunStart) bool { return true }) },
		"Filter by nil": func() { core.Filter(rec, nil) },
	} {
		if panicOf(mistake) == nil {
			t.Errorf("%s does not panic", name)
		}
	}
}
