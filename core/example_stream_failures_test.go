package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// How to go on after failed items of a stream, and to distinguish them from the end
// of the run: a *RunError comes last. Check for it first, because it unwraps to the
// failures that it keeps.
func ExampleStream_failures() {
	ctx := context.Background()
	file := strings.NewReader("10\ntwenty\n30\n")

	exec := core.NewExecutor(core.WithName("sum"), core.WithContinueOnError())
	sum := 0
	for n, err := range core.Stream(ctx, exec, lines(file), parse) {
		if ended, ok := errors.AsType[*core.RunError](err); ok {
			fmt.Println("interrupted, or no more to read:", ended)
			break
		}
		if bad, ok := errors.AsType[*core.ItemError](err); ok {
			fmt.Printf("line %d: %v\n", bad.Index+1, bad.Err)
			continue
		}
		sum += n
	}
	fmt.Println("sum:", sum)
	// Output:
	// line 2: strconv.Atoi: parsing "twenty": invalid syntax
	// sum: 40
}
