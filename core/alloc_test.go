//go:build !race

// The race detector allocates for itself, and makes the compiler keep on the
// heap what otherwise is on the stack: its numbers say nothing about the real
// build. So this file is not part of a race build.

package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// allocFew and allocMany are the numbers of items of the runs that are compared.
const allocFew, allocMany = 1_000, 100_000

// allocHooks are sets of hooks that observe every chunk, and an empty one.
var allocHooks = map[string][]core.Hook{
	"no hook":       nil,
	"chunk end":     {&nopEnd{}},
	"function":      {core.OnChunkEnd(func(core.ChunkEnd) {})},
	"four hooks":    {&nopHook{1}, &nopHook{2}, &nopHook{3}, &nopHook{4}},
	"progress":      {core.OnProgress(func(core.Progress) {})},
	"progress, end": {core.OnProgress(func(core.Progress) {}), &nopEnd{}},
}

// allocForms run a function that does nothing over n items. The option for the
// size of chunks applies where the form has one.
var allocForms = map[string]func(e *core.Executor, n int){
	"Map": func(e *core.Executor, n int) {
		_, _ = core.Map(context.Background(), e, allocItems[:n], allocNothing)
	},
	"ForEach": func(e *core.Executor, n int) {
		_ = core.ForEach(context.Background(), e, allocItems[:n], func(context.Context, int) error { return nil })
	},
	"ForEachChunk": func(e *core.Executor, n int) {
		_ = core.ForEachChunk(context.Background(), e, allocItems[:n], func(context.Context, []int) error { return nil })
	},
	"Stream": func(e *core.Executor, n int) {
		core.Stream(context.Background(), e, countTo(n, nil), allocNothing)(func(_ int, err error) bool { return err == nil })
	},
	"Start": func(e *core.Executor, n int) {
		ctx, run := e.Start(context.Background(), n)
		for range n {
			_ = run.Chunk(ctx, 1, succeed)
		}
		run.End(nil)
	},
}

var allocItems = make([]int, allocMany)

func allocNothing(context.Context, int) (int, error) { return 0, nil }

// allocPerRun returns the allocations of one run of n items.
func allocPerRun(form string, n int, hooks []core.Hook, opts ...core.Option) float64 {
	e := core.NewExecutor(opts...)
	e.Register(hooks...)
	return testing.AllocsPerRun(3, func() { allocForms[form](e, n) })
}

// TestAllocsPerRun checks that a run without hooks allocates little, for any number
// of items and chunks. What hooks add is only logged.
func TestAllocsPerRun(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		for _, size := range []int{0, 1, 1000} {
			for _, n := range []int{allocFew, allocMany} {
				got := allocPerRun("Map", n, nil, allocOpts(workers, size)...)
				if most := float64(16 + 3*workers); got > most {
					t.Errorf("%d workers, chunk size %d, %d items: %v allocations, want at most %v", workers, size, n, got, most)
				}
				t.Logf("%d workers, chunk size %d, %d items, no hook: %v allocations", workers, size, n, got)
			}
		}
		for name, hooks := range allocHooks {
			t.Logf("%d workers, %s: %v allocations", workers, name, allocPerRun("Map", allocFew, hooks, allocOpts(workers, 1)...))
		}
	}
}

func allocOpts(workers, size int) []core.Option {
	opts := []core.Option{core.WithWorkers(workers)}
	if size > 0 {
		opts = append(opts, core.WithChunkSize(size))
	}
	return opts
}

// TestAllocsPerChunk checks that chunks, here of one item, cost no allocation, with
// hooks and without. Start may make one for 32 chunks.
func TestAllocsPerChunk(t *testing.T) {
	for form := range allocForms {
		for name, hooks := range allocHooks {
			t.Run(fmt.Sprintf("%s/%s", form, name), func(t *testing.T) {
				most := 0.001 // what the runtime itself does meanwhile
				if form == "Start" || form == "Stream" {
					most = 1. / 32
				}
				got := allocPerChunk(form, hooks)
				for range 9 {
					if got > most {
						got = allocPerChunk(form, hooks)
					}
				}
				if got > most {
					t.Errorf("%.4f allocations a chunk in ten measurements, want at most %.4f", got, most)
				}
			})
		}
	}
}

// allocPerChunk measures once. What every chunk allocates, each measurement shows.
// Some show more: a worker that loses its processor to another program makes the
// batches of a stream pile up, and these take memory.
func allocPerChunk(form string, hooks []core.Hook) float64 {
	few := allocPerRun(form, allocFew, hooks, allocOpts(2, 1)...)
	many := allocPerRun(form, allocMany, hooks, allocOpts(2, 1)...)
	return (many - few) / (allocMany - allocFew)
}

// TestAllocsPerItem is TestAllocsPerChunk with chunks of many items.
func TestAllocsPerItem(t *testing.T) {
	for _, form := range []string{"Map", "ForEach", "Stream"} {
		for name, hooks := range allocHooks {
			t.Run(fmt.Sprintf("%s/%s", form, name), func(t *testing.T) {
				few := allocPerRun(form, allocFew, hooks, allocOpts(2, 500)...)
				many := allocPerRun(form, allocMany, hooks, allocOpts(2, 500)...)
				if got := (many - few) / (allocMany - allocFew); got > 0.01 {
					t.Errorf("%.4f allocations an item; %v for %d items, %v for %d", got, few, allocFew, many, allocMany)
				}
			})
		}
	}
}

// TestAllocsPerAdd checks that adding to a counter allocates nothing after a worker's
// first time.
func TestAllocsPerAdd(t *testing.T) {
	_ = core.ForEach(t.Context(), core.NewExecutor(), []int{1}, func(ctx context.Context, _ int) error {
		if n := testing.AllocsPerRun(1000, func() { testRows.Add(ctx, 1) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		return nil
	})
}
