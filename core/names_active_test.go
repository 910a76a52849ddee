package core_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// oldestChunks runs f with a hook that keeps the OldestChunk of each Progress, and the
// age at which it first had a name.
func oldestChunks(t *testing.T, opts []core.Option, f func(e *core.Executor)) (named []core.ActiveChunk, age time.Duration) {
	t.Helper()
	e := core.NewExecutor(opts...)
	e.Register(core.OnProgress(func(p core.Progress) {
		if c := p.OldestChunk; c.Name != "" {
			if len(named) == 0 {
				age = p.At.Sub(c.Started)
			}
			named = append(named, c)
		}
		if (p.ChunksActive > 0) != !p.OldestChunk.Started.IsZero() {
			t.Errorf("%d chunks are active, the oldest is %+v", p.ChunksActive, p.OldestChunk)
		}
	}))
	f(e)
	return named, age
}

func TestTheSlowItemIsNamed(t *testing.T) {
	for _, form := range itemForms {
		for _, size := range []int{0, 5} {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				opts := []core.Option{core.WithWorkers(2), core.WithItemName(func(i int) string { calls.Add(1); return rowName(i) })}
				if size > 0 {
					opts = append(opts, core.WithChunkSize(size))
				}
				named, age := oldestChunks(t, opts, func(e *core.Executor) {
					_ = form.run(t.Context(), e, 200, func(_ context.Context, i int) error {
						if i == 123 {
							time.Sleep(20 * time.Second)
						}
						time.Sleep(100 * time.Microsecond)
						return nil
					})
				})
				if len(named) < 18 || age < time.Second || age > 2*time.Second || calls.Load() != 1 {
					t.Fatalf("%s, size %d: named %d times from %v on, with %d calls", form.name, size, len(named), age, calls.Load())
				}
				for _, c := range named {
					if c.Name != "row-123" || c.Offset > 123 || c.Offset+c.Items <= 123 || c.Worker < 0 || c.Worker > 1 {
						t.Errorf("%s, size %d: the oldest chunk is %+v", form.name, size, c)
					}
				}
			})
		}
	}
}

// TestOneOfManyShortItemsIsNamedWithItsNeighbours checks that the name never leaves out
// the item that is stuck: of items that take no time, not each is counted at once.
func TestOneOfManyShortItemsIsNamedWithItsNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[int]bool{}
		opts := []core.Option{core.WithWorkers(1), core.WithChunkSize(1000), core.WithItemName(func(i int) string { seen[i] = true; return rowName(i) })}
		named, _ := oldestChunks(t, opts, func(e *core.Executor) {
			_ = core.ForEach(t.Context(), e, indexes(10_000), func(_ context.Context, i int) error {
				switch {
				case i == 7777:
					time.Sleep(time.Minute)
				case i%1000 == 0:
					time.Sleep(time.Millisecond) // 1 µs an item
				}
				return nil
			})
		})
		lo, hi := 10_000, 0
		for i := range seen {
			lo, hi = min(lo, i), max(hi, i)
		}
		if len(named) == 0 || lo > 7777 || hi < 7777 || hi-lo > 32 {
			t.Errorf("item 7777 is stuck; named are %d to %d, %d times", lo, hi, len(named))
		}
	})
}

func TestSlowChunksAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		named, age := oldestChunks(t, nil, func(e *core.Executor) {
			ctx, run := e.Start(t.Context(), -1)
			_ = run.Chunk(core.WithChunkName(ctx, "a.csv"), 1, func(context.Context) error { time.Sleep(30 * time.Second); return nil })
			run.End(nil)
		})
		if len(named) < 18 || age < 10*time.Second || age > 11*time.Second || named[0].Name != "a.csv" {
			t.Errorf("named %d times from %v on: %+v", len(named), age, named)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		named, age := oldestChunks(t, []core.Option{core.WithWorkers(2), core.WithChunkSize(10), core.WithItemName(rowName)}, func(e *core.Executor) {
			_ = core.ForEachChunk(t.Context(), e, indexes(100), func(_ context.Context, in []int) error {
				time.Sleep(4 * time.Second)
				if in[0] == 50 {
					time.Sleep(36 * time.Second)
				}
				return nil
			})
		})
		if len(named) < 10 || age < 12*time.Second || age > 17*time.Second || named[0].Name != "row-50 … row-59" || named[0].Chunk != 5 {
			t.Errorf("named %d times from %v on: %+v", len(named), age, named)
		}
	})
}
