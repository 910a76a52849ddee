package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// A loop over an errgroup becomes a run that hooks see.
func ExampleNewGroup() {
	exec := core.NewExecutor(core.WithName("fetch"))
	exec.Register(core.OnRunEnd(func(e core.RunEnd) { fmt.Println(e.ItemsDone, "done,", e.ItemsFailed, "failed") }))

	g, ctx := core.NewGroup(context.Background(), exec) // errgroup.WithContext(ctx) before
	g.SetLimit(2)
	for _, name := range []string{"a", "b", "c"} {
		g.Go(func() error {
			if name == "b" {
				return fmt.Errorf("no such file: %s", name)
			}
			_ = ctx // a real function uses it
			return nil
		})
	}
	fmt.Println(g.Wait() != nil)
	// Unordered output:
	// true
	// 3 done, 1 failed
}
