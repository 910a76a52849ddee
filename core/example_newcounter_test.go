package core_test

import (
	"context"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

var rowsSkipped = core.NewCounter("rows_skipped", "rows", "Rows without a key.")

// How to count something of your own. Every back end has it, per executor.
func ExampleNewCounter() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(core.OnRunEnd(func(e core.RunEnd) {
		for _, v := range e.Custom {
			fmt.Println(v.Name, v.Value)
		}
	}))
	_ = core.ForEach(context.Background(), exec, []string{"a", "", "b", ""}, func(ctx context.Context, key string) error {
		if key == "" {
			rowsSkipped.Add(ctx, 1)
		}
		return nil
	})
	// Output: rows_skipped 2
}
