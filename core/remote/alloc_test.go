//go:build !race

// The race detector allocates for itself, so this file is not part of a race build.

package remote_test

import (
	"context"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

func TestAllocs(t *testing.T) {
	info := testInfo()
	if n := testing.AllocsPerRun(1000, func() { serve(info) }); n > 4 {
		t.Errorf("%v allocations to serve a chunk, want at most 4", n)
	}
	reports := func(n int) float64 {
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
		e.Register(core.OnChunkEnd(func(core.ChunkEnd) {}))
		items := make([]int, n)
		return testing.AllocsPerRun(5, func() {
			_ = core.ForEachChunk(context.Background(), e, items, func(ctx context.Context, _ []int) error {
				remote.Waiting(ctx)
				remote.Started(ctx)
				remote.Report(ctx, remote.Result{Worker: "host", Attempts: 1, Took: 1})
				return nil
			})
		})
	}
	if n := (reports(1000) - reports(100)) / 900; n > 1./32 {
		t.Errorf("%.3f allocations for the reports of a chunk, want none", n)
	}
}

// serve makes a context as a transport does, and uses it.
func serve(info core.ChunkInfo) {
	ctx := remote.Serve(context.Background(), remote.Served{Info: info, Attempt: 1, Progress: func(int) {}, Counters: func(string, int64) {}})
	core.ReportProgress(ctx, 1)
}
