package core_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/core"
)

// How to get the stack of a panic.
func ExamplePanicError() {
	exec := core.NewExecutor(core.WithName("import"))
	_, err := core.Map(context.Background(), exec, []string{"c.csv"}, read)

	if panicked, ok := errors.AsType[*core.PanicError](err); ok {
		fmt.Println("panic:", panicked.Value)
		fmt.Println("stack:", len(panicked.Stack) > 0)
	}
	// Output:
	// panic: index out of range
	// stack: true
}
