package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// How to keep a loop and its goroutines, and show them to hooks as a run.
func ExampleExecutor_Start() {
	exec := core.NewExecutor(core.WithName("pages"))
	exec.Register(core.OnRunEnd(func(e core.RunEnd) {
		fmt.Printf("%v: %d chunks, %d of %d items, %d failed\n", e.Outcome, e.Chunks, e.ItemsDone, e.Items, e.ItemsFailed)
	}))
	pages := [][]string{{"a", "b"}, {"c"}, {"d", "e"}}

	ctx, run := exec.Start(context.Background(), 5)
	errs := make([]error, len(pages))
	var group sync.WaitGroup
	for i, page := range pages {
		group.Go(func() {
			errs[i] = run.Chunk(ctx, len(page), func(context.Context) error {
				if i == 1 {
					return errors.New("page 1 is gone")
				}
				return nil
			})
		})
	}
	group.Wait()
	err := errors.Join(errs...)
	run.End(err)

	fmt.Println(err)
	// Output:
	// error: 3 chunks, 5 of 5 items, 1 failed
	// page 1 is gone
}
