package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How a program chooses its exit status. Of several runs, all have to have succeeded
// or tolerated their failures.
func ExampleIsPartial() {
	ctx := context.Background()
	load := func(table string, limit int) error {
		exec := core.NewExecutor(core.WithName(table), core.WithMaxFailedItems(limit))
		return core.ForEach(ctx, exec, []string{"a", "b"}, func(_ context.Context, row string) error {
			if row == "b" {
				return errors.New("no such column")
			}
			return nil
		})
	}
	exit := func(err error) int {
		switch {
		case err == nil, core.IsPartial(err):
			return 0
		case errors.Is(err, context.Canceled):
			return 130 // interrupted
		}
		return 1
	}
	fmt.Println(exit(load("users", 1)))
	fmt.Println(exit(errors.Join(load("users", 1), load("orders", 0))))
	// Output:
	// 0
	// 1
}
