package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to get a result for each item where one call processes many.
func ExampleMapChunks() {
	exec := core.NewExecutor(core.WithChunkSize(2))
	lookUp := func(_ context.Context, ids []int) ([]string, error) {
		names := make([]string, len(ids)) // as many as there are ids
		for i, id := range ids {
			names[i] = fmt.Sprint("user", id)
		}
		return names, nil
	}

	names, err := core.MapChunks(context.Background(), exec, []int{7, 1, 4}, lookUp)

	fmt.Println(names, err)
	// Output: [user7 user1 user4] <nil>
}
