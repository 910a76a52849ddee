package remote_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/core/remote"
)

var testBytes = core.NewCounter("served_bytes", "bytes", "Bytes of a test.")

func testInfo() core.ChunkInfo {
	return core.ChunkInfo{
		Run:   core.RunInfo{Executor: "import", ID: "run-7", Attrs: map[string]string{"tenant": "a"}},
		Index: 3, Offset: 30, Items: 10, Worker: 2,
	}
}

func sameInfo(a, b core.ChunkInfo) bool {
	return a.Run.Executor == b.Run.Executor && a.Run.ID == b.Run.ID && maps.Equal(a.Run.Attrs, b.Run.Attrs) &&
		a.Index == b.Index && a.Offset == b.Offset && a.Items == b.Items && a.Worker == b.Worker
}

func TestServeHasTheIdentity(t *testing.T) {
	info := testInfo()
	outer := core.WithChunkName(core.WithRun(t.Context(), core.RunInfo{ID: "outer"}), "outer")
	ctx := remote.Serve(outer, remote.Served{Info: info, Attempt: 2})
	info.Run.Attrs["tenant"] = "changed by the caller"
	got, ok := core.ChunkFrom(ctx)
	if !ok || !sameInfo(got, testInfo()) {
		t.Errorf("the chunk is %+v, %v", got, ok)
	}
	got.Run.Attrs["tenant"] = "changed by a reader"
	if run, ok := core.RunFrom(ctx); !ok || run.ID != "run-7" || run.Attrs["tenant"] != "a" {
		t.Errorf("the run is %+v, %v", run, ok)
	}
	if name := core.NameFrom(ctx); name != "" {
		t.Errorf("the chunk is named %q", name)
	}
	if n := remote.Attempt(ctx); n != 2 {
		t.Errorf("attempt %d, want 2", n)
	}
	if n := remote.Attempt(remote.Serve(outer, remote.Served{})); n != 1 {
		t.Errorf("attempt %d without a number, want 1", n)
	}
	if n := remote.Attempt(outer); n != 0 {
		t.Errorf("attempt %d outside of chunks, want 0", n)
	}
	remote.Waiting(ctx) // the run is elsewhere
	remote.Started(ctx)
	remote.Report(ctx, remote.Result{Worker: "x"})
}

func TestServePassesOnProgressAndCounters(t *testing.T) {
	var mu sync.Mutex
	var seen []int
	counted := map[string]int64{}
	ctx := remote.Serve(t.Context(), remote.Served{
		Info: testInfo(),
		Progress: func(done int) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, done)
		},
		Counters: func(name string, n int64) {
			mu.Lock()
			defer mu.Unlock()
			counted[name] += n
		},
	})
	for _, done := range []int{0, 1, -3, 1, 4, 2, 11, 10} {
		core.ReportProgress(ctx, done)
	}
	if want := []int{1, 4, 10}; !slices.Equal(seen, want) {
		t.Errorf("progress %v, want %v", seen, want)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 1000 {
				core.ReportProgress(ctx, i%10)
				testBytes.Add(ctx, 2)
				testBytes.Add(ctx, -1)
				(&core.Counter{}).Add(ctx, 1)
			}
		})
	}
	wg.Wait()
	if want := map[string]int64{"served_bytes": 16_000}; !maps.Equal(counted, want) {
		t.Errorf("counters %v, want %v", counted, want)
	}
	silent := remote.Serve(t.Context(), remote.Served{Info: testInfo()})
	core.ReportProgress(silent, 1)
	testBytes.Add(silent, 1)
}

// A run in a served chunk is a run of its own, as it is in a chunk of this process, and so
// is a chunk that is served inside of a chunk here.
func TestServeAndRunsInside(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithName("inner"))
	e.Register(rec)
	served := remote.Serve(t.Context(), remote.Served{Info: testInfo()})
	_ = core.ForEachChunk(served, e, []int{1}, func(ctx context.Context, _ []int) error {
		chunk, _ := core.ChunkFrom(ctx)
		if run, _ := core.RunFrom(ctx); chunk.Run.Executor != "inner" || run.ID == "run-7" || run.ID != chunk.Run.ID {
			t.Errorf("in the inner run are %+v and %+v", chunk, run)
		}
		core.ReportProgress(ctx, 1)
		if n := remote.Attempt(ctx); n != 1 {
			t.Errorf("attempt %d in a chunk of this process, want 1", n)
		}
		ctx = remote.Serve(ctx, remote.Served{Info: testInfo()})
		if got, _ := core.ChunkFrom(ctx); !sameInfo(got, testInfo()) {
			t.Errorf("the served chunk is %+v", got)
		}
		if run, _ := core.RunFrom(ctx); run.ID != "run-7" {
			t.Errorf("the served run is %+v", run)
		}
		testBytes.Add(ctx, 5)
		return nil
	})
	if end := hooktest.Of[core.RunEnd](rec)[0]; len(end.Custom) != 0 || end.ItemsDone != 1 {
		t.Errorf("the inner run ended %+v", end)
	}
}
