package core_test

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// How to go on in spite of some bad rows of a stream, and to give up after many.
// Failures are in their places, and the run's error comes only beyond the limit.
func ExampleWithMaxFailedItems() {
	ctx := context.Background()
	rows := core.FromSeq(slices.Values([]string{"1", "2", "x", "4", "y", "z", "7"}))

	exec := core.NewExecutor(core.WithName("sum"), core.WithWorkers(1), core.WithMaxFailedItems(2))
	sum := 0
	for n, err := range core.Stream(ctx, exec, rows, parse) {
		if ended, ok := errors.AsType[*core.RunError](err); ok {
			fmt.Println("gave up:", ended)
			break
		}
		if err == nil {
			sum += n
		}
	}
	fmt.Println("sum so far:", sum)
	// Output:
	// gave up: sum: 3 items failed, more than the 2 tolerated: item 2: strconv.Atoi: parsing "x": invalid syntax (and 2 more)
	// sum so far: 7
}
