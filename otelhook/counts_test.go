package otelhook_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/otelhook"
)

// testItem is an item whose processing has a known result.
type testItem struct {
	outcome   core.Outcome
	errorType string
	process   func() error
}

var itemKinds = []testItem{
	{core.OutcomeOK, "", func() error { return nil }},
	{core.OutcomeError, "throttled", func() error { return throttledError{} }},
	{core.OutcomeError, "type 7", func() error { return numberedError(7) }},
	{core.OutcomePanic, "panic", func() error { panic("secret") }},
	{core.OutcomePanic, "goexit", func() error { runtime.Goexit(); return nil }},
}

// randomItems returns n items of random kinds, three quarters of them good.
func randomItems(seed uint64, n int) []testItem {
	rng := rand.New(rand.NewPCG(seed, 0))
	items := make([]testItem, n)
	for i := range items {
		items[i] = itemKinds[max(0, rng.IntN(4*len(itemKinds))-3*len(itemKinds))]
	}
	return items
}

// expectedCounts are the counts that a reader must collect, by metric and
// attributes.
type expectedCounts map[string]map[string]float64

func (c expectedCounts) add(name string, item testItem, n int) {
	attrs := fmt.Sprintf("chunkscope.executor=import,chunkscope.outcome=%s", item.outcome)
	if item.errorType != "" {
		attrs += ",error.type=" + item.errorType
	}
	if c[name] == nil {
		c[name] = map[string]float64{}
	}
	c[name][attrs] += float64(n)
}

// addRun adds the counts of a run of items in chunks of a size.
func (c expectedCounts) addRun(items []testItem, size int) {
	for lo := 0; lo < len(items); lo += size {
		chunk, good := itemKinds[0], 0
		for _, item := range items[lo:min(lo+size, len(items))] {
			if item.outcome == core.OutcomeOK {
				good++
				continue
			}
			c.add("chunkscope.items", item, 1)
			chunk = combine(chunk, item)
		}
		c.add("chunkscope.items", itemKinds[0], good)
		c.add("chunkscope.chunk.duration", chunk, 1)
	}
	// A run of so many items has a panic, and that is the worst outcome.
	c.add("chunkscope.run.duration", testItem{outcome: core.OutcomePanic, errorType: "panic"}, 1)
}

// combine returns a chunk with the first error and the worst outcome.
func combine(chunk, item testItem) testItem {
	if chunk.errorType == "" {
		chunk.errorType = item.errorType
	}
	chunk.outcome = max(chunk.outcome, item.outcome)
	return chunk
}

// TestCountsAreExact compares the counts that a reader collects with those of the
// items, over a mix of errors, panics and exits.
func TestCountsAreExact(t *testing.T) {
	const n, size, runs, partial, far = 400, 7, 20, 3, 50
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			th := newTestHook(otelhook.WithMaxChunkSpans(10))
			exec := th.executor(core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
			want := expectedCounts{}
			var wg sync.WaitGroup
			for seed := range uint64(runs) {
				items := randomItems(seed, n)
				want.addRun(items, size)
				wg.Go(func() {
					_ = core.ForEach(t.Context(), exec, items, func(ctx context.Context, item testItem) error {
						testedRows.Add(ctx, 2)
						testedRead.Add(ctx, 1000)
						return item.process()
					})
				})
			}
			tolerant := th.executor(core.WithWorkers(workers), core.WithChunkSize(size), core.WithMaxFailedRatio(0.5))
			for range partial {
				wg.Go(func() {
					_ = core.ForEach(t.Context(), tolerant, itemKinds[:2], func(_ context.Context, item testItem) error { return item.process() })
				})
				want.add("chunkscope.items", itemKinds[0], 1)
				want.add("chunkscope.items", itemKinds[1], 1)
				want.add("chunkscope.chunk.duration", itemKinds[1], 1)
				want.add("chunkscope.run.duration", testItem{outcome: core.OutcomePartial}, 1) // without a type of error
			}
			elsewhere := th.executor(core.WithWorkers(workers), core.WithChunkSize(1))
			wg.Go(func() {
				_ = core.ForEachChunk(t.Context(), elsewhere, make([]int, far), func(ctx context.Context, _ []int) error {
					remote.Report(ctx, remote.Result{Worker: "host", Attempts: 3, Lost: 2})
					return nil
				})
			})
			want.add("chunkscope.items", itemKinds[0], far)
			want.add("chunkscope.chunk.duration", itemKinds[0], far)
			want.add("chunkscope.run.duration", itemKinds[0], 1)
			for name, n := range map[string]float64{"chunk.wait": far, "chunk.attempts": 3 * far, "remote.workers_lost": 2 * far} {
				want["chunkscope."+name] = map[string]float64{"chunkscope.executor=import": n}
			}
			wg.Wait()
			for name, n := range map[string]float64{"tested_rows": 2 * n * runs, "tested_read": 1000 * n * runs, "tested_unused": 0} {
				want["chunkscope."+name] = map[string]float64{"chunkscope.executor=import": n}
			}
			all := th.collect(t)
			for name, counts := range want {
				if got := values(all[name]); !maps.Equal(got, counts) {
					t.Errorf("%s\ngot  %v\nwant %v", name, got, counts)
				}
			}
			sizes := all["chunkscope.chunk.size"].Data.(metricdata.Histogram[int64]).DataPoints[0]
			if sizes.Sum != runs*n+2*partial+far || sizes.Count != runs*((n+size-1)/size)+partial+far {
				t.Errorf("%d chunks with %d items in all", sizes.Count, sizes.Sum)
			}
			if spans := th.named("run import"); len(spans) != runs+partial+1 {
				t.Errorf("%d run spans, want %d", len(spans), runs+partial+1)
			}
		})
	}
}
