package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How many items a function on chunks gets, by default and with a fixed size.
func ExampleWithChunkSize() {
	items := make([]int, 100_000)
	sizes := func(opts ...core.Option) {
		exec := core.NewExecutor(append(opts, core.WithWorkers(4))...)
		exec.Register(core.OnRunEnd(func(e core.RunEnd) {
			fmt.Println(e.Chunks, "chunks")
		}))
		_ = core.ForEachChunk(context.Background(), exec, items, func(context.Context, []int) error { return nil })
	}

	sizes()                        // 16 for each worker, but of at most 1,000 items
	sizes(core.WithChunkSize(500)) // what one call of the database takes best
	// Output:
	// 100 chunks
	// 200 chunks
}
