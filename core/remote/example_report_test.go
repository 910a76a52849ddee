package remote_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

// How to report where a chunk was done, and how long it waited.
func ExampleReport() {
	exec := core.NewExecutor(core.WithChunkSize(10))
	exec.Register(core.OnChunkEnd(func(e core.ChunkEnd) {
		fmt.Println(e.Outcome, "on", e.RemoteWorker, "at attempt", e.Attempts, "with", e.WorkersLost, "worker lost")
	}))
	_ = core.ForEachChunk(context.Background(), exec, make([]int, 10), func(ctx context.Context, _ []int) error {
		remote.Waiting(ctx) // in the queue
		// ... host-3 takes the chunk
		remote.Started(ctx)
		// ... and dies, so that the chunk is in the queue again
		remote.Waiting(ctx)
		// ... host-7 takes it, and answers
		remote.Started(ctx)
		remote.Report(ctx, remote.Result{Worker: "host-7", Attempts: 2, Lost: 1})
		return nil
	})
	// Output: ok on host-7 at attempt 2 with 1 worker lost
}
