package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to get failures while the run goes on.
func ExampleOnItemFailure() {
	exec := core.NewExecutor(core.WithContinueOnError())
	exec.Register(core.OnItemFailure(func(e core.ItemFailure) {
		fmt.Printf("%v of item %d: %v\n", e.Outcome, e.Index, e.Err)
	}))
	_ = core.ForEach(context.Background(), exec, []string{"a", "", "c"}, func(_ context.Context, name string) error {
		if name == "" {
			return errors.New("no name")
		}
		return nil
	})
	// Output: error of item 1: item 1: no name
}
