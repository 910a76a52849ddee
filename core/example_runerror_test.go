package core_test

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chunkscope/chunkscope/core"
)

// read fails for some names.
func read(_ context.Context, name string) (int, error) {
	switch name {
	case "b.csv":
		return 0, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
	case "c.csv":
		panic("index out of range")
	}
	return len(name), nil
}

// How to see what failed, after everything was tried.
func ExampleRunError() {
	ctx := context.Background()
	files := []string{"a.csv", "b.csv", "c.csv", "d.csv"}

	exec := core.NewExecutor(core.WithName("import"), core.WithContinueOnError())
	sizes, err := core.Map(ctx, exec, files, read)

	if failed, ok := errors.AsType[*core.RunError](err); ok {
		fmt.Println(failed.ItemsFailed, "of", failed.Items, "failed, outcome", failed.Outcome)
		for _, err := range failed.Errors { // the first hundred
			fmt.Println(err)
		}
		for i, size := range sizes {
			if !failed.Failed(i) && !failed.Unfinished(i) {
				fmt.Println(files[i], "has", size, "bytes")
			}
		}
	}
	fmt.Println("some file is missing:", errors.Is(err, os.ErrNotExist))
	// Output:
	// 2 of 4 failed, outcome panic
	// item 1: open b.csv: file does not exist
	// item 2: panic: index out of range
	// a.csv has 5 bytes
	// d.csv has 5 bytes
	// some file is missing: true
}
