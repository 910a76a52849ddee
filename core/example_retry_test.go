package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to retry items that failed or were not reached.
func ExampleRunError_retry() {
	ctx := context.Background()
	files := []string{"a.csv", "b.csv", "d.csv", "e.csv"}
	tries := map[string]int{} // one worker here, so that it needs no lock
	flaky := func(_ context.Context, name string) error {
		if tries[name]++; name == "b.csv" && tries[name] < 3 {
			return errors.New("timeout")
		}
		return nil
	}

	exec := core.NewExecutor(core.WithName("upload"), core.WithWorkers(1), core.WithContinueOnError())
	for try := 1; len(files) > 0 && try <= 5; try++ {
		err := core.ForEach(ctx, exec, files, flaky)
		fmt.Printf("try %d of %d files: %v\n", try, len(files), err)
		var again []string
		if failed, ok := errors.AsType[*core.RunError](err); ok {
			for i, name := range files {
				if failed.Failed(i) || failed.Unfinished(i) {
					again = append(again, name)
				}
			}
		}
		files = again
	}
	// Output:
	// try 1 of 4 files: upload: 1 of 4 items failed: item 1: timeout
	// try 2 of 1 files: upload: 1 of 1 items failed: item 0: timeout
	// try 3 of 1 files: <nil>
}
