package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

var errBadRow = errors.New("bad row")

// How to tolerate that one row in a hundred is bad, and to fail beyond: the exit
// status of a program is 0 in the first case, and 1 in the second.
func ExampleWithMaxFailedRatio() {
	ctx := context.Background()
	rows := make([]int, 1000)
	for i := range rows {
		rows[i] = i
	}

	exec := core.NewExecutor(core.WithName("nightly"), core.WithMaxFailedRatio(0.01))
	err := core.ForEach(ctx, exec, rows, func(_ context.Context, row int) error {
		if row%250 == 7 {
			return errBadRow
		}
		return nil // insert it
	})

	exit := 0
	if err != nil && !core.IsPartial(err) {
		exit = 1
	}
	fmt.Println("exit", exit)
	if run, ok := errors.AsType[*core.RunError](err); ok {
		fmt.Println(run.Outcome, "with", run.ItemsFailed, "of", run.Items, "rows failed")
	}
	// Output:
	// exit 0
	// partial with 4 of 1000 rows failed
}
