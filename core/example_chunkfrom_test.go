package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// User code gets the number, the offset and the size of its chunk from its context.
func ExampleChunkFrom() {
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
	_ = core.ForEachChunk(context.Background(), exec, []string{"a", "b", "c"}, func(ctx context.Context, rows []string) error {
		chunk, _ := core.ChunkFrom(ctx)
		fmt.Printf("chunk %d has %d rows from row %d on: %v\n", chunk.Index, chunk.Items, chunk.Offset, rows)
		return nil
	})
	// Output:
	// chunk 0 has 2 rows from row 0 on: [a b]
	// chunk 1 has 1 rows from row 2 on: [c]
}
