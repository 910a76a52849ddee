package core_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// How to call a function that has no result. It is called concurrently.
func ExampleForEach() {
	exec := core.NewExecutor(core.WithWorkers(4))
	var total atomic.Int64

	err := core.ForEach(context.Background(), exec, []int{1, 2, 3, 4}, func(_ context.Context, n int) error {
		total.Add(int64(n))
		return nil
	})

	fmt.Println(total.Load(), err)
	// Output: 10 <nil>
}
