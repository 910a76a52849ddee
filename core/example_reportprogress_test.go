package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to report progress from inside a long chunk.
func ExampleReportProgress() {
	exec := core.NewExecutor(core.WithName("upload"))
	seen, printed := make(chan struct{}), false
	exec.Register(core.OnProgress(func(p core.Progress) {
		if p.ItemsDone == 2 && !printed {
			printed = true
			fmt.Println("2 of 4 items, in a chunk that goes on")
			close(seen)
		}
	}))
	upload := func(ctx context.Context, name string) error {
		if name == "c" {
			<-seen // so that this example always prints the same
		}
		return ctx.Err()
	}

	uploadAll := func(ctx context.Context, names []string) error {
		for i, name := range names {
			if err := upload(ctx, name); err != nil {
				return err
			}
			core.ReportProgress(ctx, i+1)
		}
		return nil
	}

	ctx, run := exec.Start(context.Background(), 4)
	err := run.Chunk(ctx, 4, func(ctx context.Context) error { return uploadAll(ctx, []string{"a", "b", "c", "d"}) })
	run.End(err)
	// Output: 2 of 4 items, in a chunk that goes on
}
