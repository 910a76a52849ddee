package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// file is the item of these examples.
type file struct{ path string }

// How to name items. Errors, logs, spans, messages, the terminal and the page then say
// which file it was.
func ExampleWithItemName() {
	exec := core.NewExecutor(core.WithName("import"),
		core.WithItemName(func(f file) string { return f.path }))
	err := core.ForEach(context.Background(), exec, []file{{"2026/a.csv"}}, func(context.Context, file) error {
		return errors.New("no header")
	})
	fmt.Println(err)
	// Output: import: 1 of 1 items failed: item 0 (2026/a.csv): no header
}

// How to name the chunks of a loop of your own.
func ExampleWithChunkName() {
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(core.OnItemFailure(func(e core.ItemFailure) { fmt.Println(e.Name, "failed") }))
	ctx, run := exec.Start(context.Background(), -1)
	for _, path := range []string{"a.csv", "b.csv"} {
		_ = run.Chunk(core.WithChunkName(ctx, path), 100, func(context.Context) error {
			return errors.New("no header")
		})
	}
	run.End(nil)
	// Output:
	// a.csv failed
	// b.csv failed
}
