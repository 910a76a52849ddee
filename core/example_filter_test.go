package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to limit a hook to some runs: here to those of a thousand items or more.
func ExampleFilter() {
	printed := core.OnRunEnd(func(e core.RunEnd) { fmt.Println(e.Items, "items:", e.Outcome) })

	exec := core.NewExecutor()
	exec.Register(core.Filter(printed, func(e core.RunStart) bool { return e.Items >= 1000 }))
	for _, n := range []int{10, 5000, 999} {
		_ = core.ForEach(context.Background(), exec, make([]int, n), func(context.Context, int) error { return nil })
	}
	// Output: 5000 items: ok
}
