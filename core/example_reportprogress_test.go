package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How a long chunk shows that it moves: the progress counts what is reported
// from the inside.
func ExampleReportProgress() {
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(4))
	half, told := make(chan struct{}), false
	exec.Register(core.OnProgress(func(p core.Progress) {
		if p.ItemsDone == 2 && !told {
			told = true
			fmt.Println("2 of 4 items, in a chunk that is not over")
			close(half)
		}
	}))
	_ = core.ForEachChunk(context.Background(), exec, []string{"a", "b", "c", "d"}, func(ctx context.Context, rows []string) error {
		for i := range rows {
			// ... work on rows[i]
			core.ReportProgress(ctx, i+1)
			if i+1 == 2 {
				<-half // so that this example always prints the same
			}
		}
		return nil
	})
	// Output: 2 of 4 items, in a chunk that is not over
}
