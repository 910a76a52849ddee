package webhookhook_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func newTestHook(tb testing.TB) *webhookhook.Hook {
	tb.Helper()
	h, err := webhookhook.New("https://hooks.slack.com/x", webhookhook.WithHTTPClient(&http.Client{Transport: okTransport{}}),
		webhookhook.WithMilestones(50))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { dropAll(h) })
	return h
}

// chunkEnds returns ends whose durations spread over several buckets.
func chunkEnds() []core.ChunkEnd {
	ends := make([]core.ChunkEnd, 1024)
	for i := range ends {
		ends[i] = core.ChunkEnd{
			ChunkStart: core.ChunkStart{Executor: "nightly", RunID: "1", Chunk: i, Items: 1000},
			Duration:   time.Millisecond + time.Duration(i*i%1000)*time.Microsecond, ItemsDone: 1000, Outcome: core.OutcomeOK,
		}
	}
	return ends
}

// TestChunksDoNotAllocate counts the allocations of OnChunkEnd and OnProgress.
func TestChunksDoNotAllocate(t *testing.T) {
	h := newTestHook(t)
	ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "nightly", RunID: "1", Items: 1_000_000, Workers: 2, Started: time.Now()})
	ends, n := chunkEnds(), 0
	if allocs := testing.AllocsPerRun(10_000, func() {
		h.OnChunkEnd(ctx, ends[n%len(ends)])
		n++
	}); allocs != 0 {
		t.Errorf("%v allocations per chunk", allocs)
	}
	if allocs := testing.AllocsPerRun(10_000, func() { h.OnProgress(ctx, core.Progress{Items: 1_000_000, ItemsDone: 1}) }); allocs != 0 {
		t.Errorf("%v allocations per progress", allocs)
	}
}

// BenchmarkChunk compares OnChunkEnd with two sends of the same values to a buffered
// channel that has room, which is what handing them to another goroutine would cost.
// Both variants make the channel, so that only the sends differ. As in a run, the
// contexts of core and of other hooks wrap that of the hook.
func BenchmarkChunk(b *testing.B) {
	const chunks = 20_000
	h := newTestHook(b)
	ctx := h.OnRunStart(b.Context(), core.RunStart{Executor: "nightly", RunID: "1", Items: 1_000_000, Workers: 2, Started: time.Now()})
	type key int
	for i := range 3 {
		ctx = context.WithValue(ctx, key(i), i)
	}
	ends := chunkEnds()
	type sample struct {
		chunk    int
		duration time.Duration
	}
	for _, workers := range []int{1, 2} {
		onWorkers := func(f func(c chan<- sample, e core.ChunkEnd)) func() {
			return func() {
				c := make(chan sample, 2*chunks*workers)
				var wg sync.WaitGroup
				for worker := range workers {
					wg.Go(func() {
						for i := range chunks {
							e := ends[i%len(ends)]
							e.Worker = worker
							f(c, e)
						}
					})
				}
				wg.Wait()
			}
		}
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			paired.Compare(b, paired.Options{Gate: workers > 1},
				paired.Variant{Name: "two sends", Run: onWorkers(func(c chan<- sample, e core.ChunkEnd) {
					c <- sample{e.Chunk, e.Duration}
					c <- sample{e.Chunk, e.Duration}
				})},
				paired.Variant{Name: "webhookhook", Run: onWorkers(func(_ chan<- sample, e core.ChunkEnd) { h.OnChunkEnd(ctx, e) }), Bar: 1})
		})
	}
}
