package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// A cancelled run returns the results so far. Its error knows the unfinished items.
func ExampleMap_canceled() {
	ctx, cancel := context.WithCancelCause(context.Background())
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(1))

	_, err := core.Map(ctx, exec, []string{"a", "b", "c"}, func(ctx context.Context, row string) (string, error) {
		if row == "b" {
			cancel(errors.New("maintenance"))
			return "", ctx.Err() // what honours its context says so
		}
		return row, nil
	})

	fmt.Println(err)
	fmt.Println("canceled:", errors.Is(err, context.Canceled))
	if ended, ok := errors.AsType[*core.RunError](err); ok {
		fmt.Println("unfinished:", ended.Unfinished(0), ended.Unfinished(1), ended.Unfinished(2))
	}
	// Output:
	// import: canceled after 1 of 3 items: context canceled: maintenance
	// canceled: true
	// unfinished: false true true
}
