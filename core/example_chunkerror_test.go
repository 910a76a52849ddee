package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How a chunk fails as a whole.
func ExampleChunkError() {
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(2))
	rows := []string{"a", "b", "c", "d", "e"}
	err := core.ForEachChunk(context.Background(), exec, rows, func(_ context.Context, chunk []string) error {
		if chunk[0] == "c" {
			return errors.New("deadlock")
		}
		return nil
	})

	failed, _ := errors.AsType[*core.ChunkError](err)
	fmt.Println(rows[failed.Offset:failed.Offset+failed.Items], failed.Err)
	fmt.Println(err)
	// Output:
	// [c d] deadlock
	// import: 2 of 5 items failed: chunk 1 (2 items from 2): deadlock
}
