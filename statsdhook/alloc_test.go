//go:build !race

// The race detector allocates memory itself and drops pooled objects, so that
// this file is not part of a race build.

package statsdhook_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestChunksAllocateNothing counts the allocations of the whole process. What
// remains are those of the sender's flushes.
func TestChunksAllocateNothing(t *testing.T) {
	const chunks = 10_000
	h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(nullDial))
	defer func() { _ = h.Shutdown(context.Background()) }()
	ended := core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: "import", Items: 20}, Duration: time.Millisecond, ItemsDone: 20, Outcome: core.OutcomeOK,
	}
	h.OnChunkEnd(t.Context(), ended)
	if err := h.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := func() {
		for range chunks {
			h.OnChunkEnd(context.Background(), ended)
		}
	}
	if perChunk := testing.AllocsPerRun(20, run) / chunks; perChunk > 1.0/32 {
		t.Errorf("%.4f allocations per chunk", perChunk)
	}

	unsent := newClientHook(t, (*statsd.Client)(nil), statsdhook.WithFlushInterval(time.Hour)) // without the sender
	defer func() { _ = unsent.Shutdown(context.Background()) }()
	unsent.OnChunkEnd(t.Context(), ended)
	if allocs := testing.AllocsPerRun(1000, func() { unsent.OnChunkEnd(context.Background(), ended) }); allocs != 0 {
		t.Errorf("OnChunkEnd allocates %v times", allocs)
	}
}

// TestMemoryIsFlat compares the heap after 100,000 chunks with that after a
// million. The chunks come faster than the hook can send them.
func TestMemoryIsFlat(t *testing.T) {
	h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(nullDial))
	defer func() { _ = h.Shutdown(context.Background()) }()
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // the second empties the pools
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	names := make([]string, 300)
	for i := range names {
		names[i] = fmt.Sprint("executor ", i)
	}
	chunks := func(n int) {
		for i := range n {
			h.OnChunkEnd(t.Context(), core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: names[i%len(names)]}, Outcome: core.OutcomeOK})
		}
		if err := h.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	before := inUse()
	chunks(100_000)
	warm := inUse()
	chunks(900_000)
	hot := inUse()
	t.Logf("%d KiB before, %d KiB after 100,000 chunks, %d KiB after a million", before>>10, warm>>10, hot>>10)
	if warm > before+8<<20 || hot > warm+warm/10+1<<16 {
		t.Errorf("%d bytes before, %d after 100,000 chunks, %d after a million", before, warm, hot)
	}
}
