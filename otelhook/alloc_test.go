//go:build !race

// The race detector allocates memory itself, so that its numbers say nothing
// about the real build.

package otelhook_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// TestAllocsPerChunk checks that a chunk without a span allocates nothing, with
// the SDK behind the hook.
func TestAllocsPerChunk(t *testing.T) {
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	for name, opts := range map[string][]otelhook.Option{
		"metrics alone":            {otelhook.WithoutTracing()},
		"not sampled":              {otelhook.WithTracerProvider(never)},
		"beyond the limit":         {otelhook.WithMaxChunkSpans(0)},
		"neither slow nor failed":  {otelhook.WithChunkSpans(otelhook.SlowOrFailed)},
		"no chunk spans":           {otelhook.WithChunkSpans(otelhook.Off)},
		"neither spans nor values": {otelhook.WithoutTracing(), otelhook.WithoutMetrics()},
	} {
		t.Run(name, func(t *testing.T) {
			r := newManualRun(opts...)
			start := core.ChunkStart{Executor: "import", Items: 10, Started: noon}
			end := core.ChunkEnd{ChunkStart: start, Duration: 1, ItemsDone: 10, Outcome: core.OutcomeOK}
			chunk := func() { r.OnChunkEnd(r.OnChunkStart(r.ctx, start), end) }
			chunk() // makes the series
			if n := testing.AllocsPerRun(1000, chunk); n != 0 {
				t.Errorf("%v allocations a chunk", n)
			}
		})
	}
}

// TestAllocsPerSlowChunk checks that a chunk allocates nothing either that takes
// the place of another among the slowest.
func TestAllocsPerSlowChunk(t *testing.T) {
	r := newManualRun(otelhook.WithChunkSpans(otelhook.SlowOrFailed))
	end := core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "import", Items: 10, Started: noon}, ItemsDone: 10, Outcome: core.OutcomeOK}
	chunk := func() {
		end.Duration++
		r.OnChunkEnd(r.OnChunkStart(r.ctx, end.ChunkStart), end)
	}
	for range 100 {
		chunk()
	}
	if n := testing.AllocsPerRun(1000, chunk); n != 0 {
		t.Errorf("%v allocations a chunk", n)
	}
}

// TestAllocsInRuns checks the same in real runs: 20,000 chunks allocate no more
// than 1,000.
func TestAllocsInRuns(t *testing.T) {
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	th := newTestHook(otelhook.WithTracerProvider(never))
	exec := th.executor(core.WithWorkers(2), core.WithChunkSize(1))
	run := func(n int) float64 {
		items := make([]int, n)
		return testing.AllocsPerRun(3, func() {
			_ = core.ForEach(context.Background(), exec, items, func(context.Context, int) error { return nil })
		})
	}
	const few, many = 1_000, 20_000
	if fewAllocs, manyAllocs := run(few), run(many); (manyAllocs-fewAllocs)/(many-few) > 0.001 {
		t.Errorf("%v allocations with %d chunks, %v with %d", fewAllocs, few, manyAllocs, many)
	}
}

// TestAMillionChunks checks that a run keeps to its limit of spans, that memory
// does not grow during it, and that the run's span counts the missing ones.
func TestAMillionChunks(t *testing.T) {
	const n = 1_000_000
	th := newTestHook()
	exec := th.executor(core.WithWorkers(2), core.WithChunkSize(1), core.WithContinueOnError())
	var early, late atomic.Uint64
	err := core.ForEach(t.Context(), exec, make([]int, n), func(ctx context.Context, _ int) error {
		chunk, _ := core.ChunkFrom(ctx)
		switch chunk.Index {
		case n / 10:
			early.Store(heapInUse())
		case n - 1:
			late.Store(heapInUse())
		}
		if chunk.Index == n/2 {
			return throttledError{} // a failed chunk gets a span
		}
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
	const most = 1000
	chunks := th.named("chunk import")
	run := th.one(t, "run import")
	if left := run.attrs["chunkscope.chunk.spans_dropped"].AsInt64(); len(chunks) > most || left != int64(n-len(chunks)) {
		t.Errorf("%d chunks have spans, the run's span counts %d without", len(chunks), left)
	}
	t.Logf("%d chunk spans, heap %d KiB and %d KiB", len(chunks), early.Load()>>10, late.Load()>>10)
	if e, l := early.Load(), late.Load(); l > e+e/10 {
		t.Errorf("the heap grew from %d to %d bytes", e, l)
	}
}

// heapInUse returns how many bytes the heap holds after a collection.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
