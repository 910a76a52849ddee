package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to report where a remote chunk was processed, and how many attempts it took.
func ExampleReportChunk() {
	exec := core.NewExecutor(core.WithChunkSize(10))
	exec.Register(core.OnChunkEnd(func(e core.ChunkEnd) {
		fmt.Println(e.Outcome, "on", e.RemoteWorker, "at attempt", e.Attempts)
	}))
	_ = core.ForEachChunk(context.Background(), exec, make([]int, 10), func(ctx context.Context, _ []int) error {
		// ... call host-3, which is not there, then host-7
		core.ReportChunk(ctx, "host-7", 2)
		return nil
	})
	// Output: ok on host-7 at attempt 2
}
