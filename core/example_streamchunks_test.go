package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to process many items of a stream in one call, with a result for each.
func ExampleStreamChunks() {
	numbers := func(yield func(int) bool) {
		for i := 1; i <= 5; i++ {
			if !yield(i) {
				return
			}
		}
	}
	square := func(_ context.Context, chunk []int) ([]int, error) {
		out := make([]int, len(chunk))
		for i, n := range chunk {
			out[i] = n * n
		}
		return out, nil
	}

	exec := core.NewExecutor()
	for n, err := range core.StreamChunks(context.Background(), exec, core.FromSeq(numbers), square) {
		fmt.Println(n, err)
	}
	// Output:
	// 1 <nil>
	// 4 <nil>
	// 9 <nil>
	// 16 <nil>
	// 25 <nil>
}
