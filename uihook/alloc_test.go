package uihook_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/uihook"
)

func chunkOf(start core.RunStart, chunk, worker int) core.ChunkEnd {
	e := core.ChunkEnd{Outcome: core.OutcomeOK, Duration: 900 * time.Microsecond, ItemsDone: 10, Attempts: 1}
	e.Executor, e.RunID, e.Chunk, e.Worker, e.Offset, e.Items = start.Executor, start.RunID, chunk, worker, 10*chunk, 10
	e.Started = start.Started.Add(time.Duration(chunk) * time.Millisecond)
	e.Ended = e.Started.Add(e.Duration)
	return e
}

func TestChunksAllocateNothing(t *testing.T) {
	h := newHook(t)
	ctx, start := startRun(h, "r1", 1_000_000, 4)
	chunk := 0
	for what, f := range map[string]func(){
		"a chunk": func() {
			e := chunkOf(start, chunk, chunk%4)
			h.OnChunkStart(ctx, e.ChunkStart)
			h.OnChunkEnd(ctx, e)
			chunk++
		},
		"a chunk slower than all": func() {
			e := chunkOf(start, chunk, chunk%4)
			e.Duration = time.Duration(chunk) * time.Millisecond
			h.OnChunkEnd(ctx, e)
			chunk++
		},
		"a progress": func() { h.OnProgress(ctx, core.Progress{ItemsDone: chunk, Elapsed: time.Duration(chunk)}) },
	} {
		f()
		for range 4 {
			f() // every worker has its lane
		}
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
}

func TestARunOfAMillionChunksIsSmall(t *testing.T) {
	h := newHook(t)
	before := heap()
	send(h, 1_000_000, 64)
	grown := heap() - before
	t.Logf("the run keeps %d bytes", grown)
	if grown > 1<<20 {
		t.Errorf("a run of a million chunks on 64 workers keeps %d bytes", grown)
	}
	for path, most := range map[string]int{"/": 20_000, "/api/v1/snapshot": 15_000} {
		r := get(t, h, path, "Accept-Encoding", "gzip")
		t.Logf("%s has %d bytes compressed", path, r.ContentLength)
		if r.ContentLength > most {
			t.Errorf("%s has %d bytes, compressed from %d", path, r.ContentLength, len(r.text))
		}
	}
	total := 0
	for _, path := range []string{"/", "/page.css", "/page.js"} {
		total += get(t, h, path, "Accept-Encoding", "gzip").ContentLength
	}
	t.Logf("the page and its files have %d bytes", total)
	if total > 20_000 {
		t.Errorf("the page and its files have %d bytes", total)
	}
	runtime.KeepAlive(h)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// send sends a run of uneven chunks, some of which fail.
func send(h *uihook.Hook, chunks, workers int) context.Context {
	ctx, start := startRun(h, "r1", 10*chunks, workers)
	random := uint64(1)
	failure := core.ItemFailure{Items: 1, Outcome: core.OutcomeError, Err: &core.ItemError{Index: 1, Err: errors.New("bad row")}}
	for i := range chunks {
		e := chunkOf(start, i/workers, i%workers)
		e.Chunk = i
		random = random*6364136223846793005 + 1442695040888963407
		e.Duration = time.Duration(random>>44) * time.Microsecond / time.Duration(1+random>>62)
		if random>>40%500 == 0 {
			e.Outcome, e.ItemsFailed = core.OutcomeError, 1
			h.OnItemFailure(ctx, failure)
		}
		h.OnChunkStart(ctx, e.ChunkStart)
		h.OnChunkEnd(ctx, e)
		if i%1000 == 0 {
			h.OnProgress(ctx, core.Progress{Items: 10 * chunks, ItemsDone: 10 * i, Chunks: i, Elapsed: e.Ended.Sub(start.Started)})
		}
	}
	return ctx
}

// BenchmarkChunk compares the start and the end of a chunk, below thirty values of
// other hooks in its context, with the bar of 300 ns.
func BenchmarkChunk(b *testing.B) {
	const chunks = 100_000
	h := newHook(b)
	ctx, start := startRun(h, "r1", 1_000_000_000, 2)
	e := chunkOf(start, 1, 0)
	for i := range 30 {
		ctx = context.WithValue(ctx, key(i), i)
	}
	paired.Compare(b, paired.Options{},
		paired.Variant{Name: "300 ns", Run: func() { // a loop that takes about that long
			for began := time.Now(); time.Since(began) < chunks*300*time.Nanosecond; {
				continue
			}
		}},
		paired.Variant{Name: "uihook", Bar: 1, Run: func() {
			for range chunks {
				h.OnChunkStart(ctx, e.ChunkStart)
				h.OnChunkEnd(ctx, e)
			}
		}})
}

type key int
