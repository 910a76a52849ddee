package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to unregister a hook.
func ExampleExecutor_Register() {
	exec := core.NewExecutor()
	unregister := exec.Register(core.OnRunEnd(func(e core.RunEnd) { fmt.Println("seen:", e.Items, "items") }))

	for _, n := range []int{1, 2} {
		_ = core.ForEach(context.Background(), exec, make([]int, n), func(context.Context, int) error { return nil })
		unregister()
	}
	// Output: seen: 1 items
}
