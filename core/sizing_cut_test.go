package core_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// mixedWork lasts a microsecond for fast items and a second for slow ones.
func mixedWork(slow func(i int) bool) func(context.Context, int) (int, error) {
	return func(_ context.Context, i int) (int, error) {
		time.Sleep(time.Microsecond)
		if slow(i) {
			time.Sleep(time.Second)
		}
		return i, nil
	}
}

// timedForms are the functions whose chunks have timed sizes.
var timedForms = map[string]func(ctx context.Context, e *core.Executor, items []int, fn func(context.Context, int) (int, error)) ([]int, error){
	"Map": core.Map[int, int],
	"ForEach": func(ctx context.Context, e *core.Executor, items []int, fn func(context.Context, int) (int, error)) ([]int, error) {
		return items, core.ForEach(ctx, e, items, func(ctx context.Context, i int) error { _, err := fn(ctx, i); return err })
	},
	"Stream": func(ctx context.Context, e *core.Executor, items []int, fn func(context.Context, int) (int, error)) ([]int, error) {
		var out []int
		for v, err := range core.Stream(ctx, e, core.FromSeq(slices.Values(items)), fn) {
			if err != nil {
				return out, err
			}
			out = append(out, v)
		}
		return out, nil
	},
}

// TestSlowItemsAmongFastOnesAreShared has chunk sizes learnt from fast items meet
// slow ones: at the end of the input, in its middle, and one alone.
func TestSlowItemsAmongFastOnesAreShared(t *testing.T) {
	const workers = 8
	between := func(lo, hi int) func(int) bool { return func(i int) bool { return lo <= i && i < hi } }
	for place, c := range map[string]struct {
		items int
		slow  func(int) bool
		most  time.Duration // perfectly shared, the slow items take 12.5 s or 1 s
	}{
		"at the end":    {100_100, between(100_000, 100_100), 15 * time.Second},
		"in the middle": {200_100, between(100_000, 100_100), 15 * time.Second},
		"one":           {200_000, between(100_000, 100_001), 1500 * time.Millisecond},
	} {
		for name, run := range timedForms {
			t.Run(name+" "+place, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					items := indexes(c.items)
					began := time.Now()
					out, err := run(t.Context(), core.NewExecutor(core.WithWorkers(workers)), items, mixedWork(c.slow))
					if took := time.Since(began); took > c.most {
						t.Errorf("it took %v, want at most %v", took, c.most)
					}
					if err != nil || !slices.Equal(out, items) {
						t.Errorf("%d results in order, error %v", len(out), err)
					}
				})
			})
		}
	}
}

// TestChunksGiveItemsBack checks the events of chunks that were cut: every item is
// done once, numbers follow starts, and what a chunk gave back is in Returned.
func TestChunksGiveItemsBack(t *testing.T) {
	for name, run := range timedForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 50_000
				var mu sync.Mutex
				done := make([]int, n)
				fn := func(_ context.Context, i int) (int, error) {
					mu.Lock()
					done[i]++
					mu.Unlock()
					time.Sleep(time.Microsecond)
					if i%1000 == 500 {
						time.Sleep(time.Second)
					}
					return i, nil
				}
				var starts []core.ChunkStart
				var ends []core.ChunkEnd
				var last core.Progress
				e := core.NewExecutor(core.WithWorkers(4))
				e.Register(
					&chunkStartFunc{f: func(s core.ChunkStart) { starts = append(starts, s) }, mu: &mu},
					core.OnChunkEnd(func(c core.ChunkEnd) { ends = append(ends, c) }),
					core.OnProgress(func(p core.Progress) { last = p }),
				)
				if _, err := run(t.Context(), e, indexes(n), fn); err != nil {
					t.Fatal(err)
				}
				returned, sum := 0, 0
				for _, c := range ends {
					if c.Items != c.ItemsDone+c.Returned || c.Outcome != core.OutcomeOK || c.ItemsDone < 1 {
						t.Errorf("chunk end %+v", c)
					}
					returned += c.Returned
					sum += c.ItemsDone
				}
				if returned == 0 || sum != n || last.ItemsDone != n {
					t.Errorf("%d items given back, %d done by chunks, %d by the last Progress; want some, %d and %d", returned, sum, last.ItemsDone, n, n)
				}
				if i := slices.IndexFunc(done, func(calls int) bool { return calls != 1 }); i >= 0 {
					t.Errorf("item %d was processed %d times", i, done[i])
				}
				slices.SortFunc(starts, func(a, b core.ChunkStart) int { return a.Chunk - b.Chunk })
				for i, s := range starts {
					if s.Chunk != i || i > 0 && s.Started.Before(starts[i-1].Started) {
						t.Fatalf("chunk %d at place %d began at %v, the one before at %v", s.Chunk, i, s.Started, starts[max(i-1, 0)].Started)
					}
				}
			})
		})
	}
}

// chunkStartFunc is a hook that calls f under a lock.
type chunkStartFunc struct {
	f  func(core.ChunkStart)
	mu *sync.Mutex
}

func (*chunkStartFunc) HookName() string { return "chunkStartFunc" }

func (h *chunkStartFunc) OnChunkStart(ctx context.Context, s core.ChunkStart) context.Context {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.f(s)
	return ctx
}

// TestCancelledRunKeepsCountOfReturnedItems cancels a run in which a slow item makes
// its chunk give items back, at many moments: each item is either done or unfinished.
func TestCancelledRunKeepsCountOfReturnedItems(t *testing.T) {
	for after := 10 * time.Millisecond; after < 400*time.Millisecond; after += 7 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			const n = 20_000
			ctx, cancel := context.WithTimeout(t.Context(), after)
			defer cancel()
			finished := make([]bool, n)
			err := core.ForEach(ctx, core.NewExecutor(core.WithWorkers(3)), indexes(n), func(ctx context.Context, i int) error {
				wait := 10 * time.Microsecond
				if i%1000 == 700 {
					wait = 300 * time.Millisecond
				}
				select {
				case <-time.After(wait):
					finished[i] = true
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			if err == nil {
				t.Fatalf("after %v: no error", after)
			}
			run := mustRunError(t, err)
			done := 0
			for i := range n {
				if finished[i] == run.Unfinished(i) {
					t.Fatalf("after %v: item %d finished: %v, unfinished: %v", after, i, finished[i], run.Unfinished(i))
				}
				if finished[i] {
					done++
				}
			}
			if run.ItemsDone != done || run.Outcome != core.OutcomeCanceled {
				t.Errorf("after %v: %d items done of %d, outcome %v", after, run.ItemsDone, done, run.Outcome)
			}
		})
	}
}

// TestStreamIsAtMostHalfSlowerThanMap compares Stream with Map where one item in a
// hundred is slow, in virtual time.
func TestStreamIsAtMostHalfSlowerThanMap(t *testing.T) {
	work := func(ctx context.Context, i int) (int, error) {
		time.Sleep(time.Millisecond)
		if i%100 == 99 {
			time.Sleep(200 * time.Millisecond)
		}
		return i, ctx.Err()
	}
	for name, opts := range map[string][]core.Option{"timed": nil, "one item": {core.WithChunkSize(1)}} {
		t.Run(name, func(t *testing.T) {
			took := map[string]time.Duration{}
			for _, form := range []string{"Map", "Stream"} {
				synctest.Test(t, func(t *testing.T) {
					began := time.Now()
					if _, err := timedForms[form](t.Context(), core.NewExecutor(append(opts, core.WithWorkers(8))...), indexes(10_000), work); err != nil {
						t.Error(err)
					}
					took[form] = time.Since(began)
				})
			}
			if took["Stream"] > took["Map"]*3/2 {
				t.Errorf("Stream took %v, Map %v", took["Stream"], took["Map"])
			}
		})
	}
}
