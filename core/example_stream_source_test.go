package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// An error of the source ends the run, after the results of the items before it.
func ExampleStream_source() {
	exec := core.NewExecutor(core.WithName("sum"))
	source := func(yield func(string, error) bool) {
		if yield("10", nil) && yield("20", nil) {
			yield("", errors.New("connection lost"))
		}
	}
	for n, err := range core.Stream(context.Background(), exec, source, parse) {
		fmt.Println(n, err)
	}
	// Output:
	// 10 <nil>
	// 20 <nil>
	// 0 sum: failed: connection lost
}
