package core_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// How to end a program: new runs are refused, active runs finish, hooks are flushed.
func ExampleExecutor_Shutdown() {
	exec := core.NewExecutor(core.WithName("import"))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fmt.Println("shutdown:", exec.Shutdown(ctx))

	err := core.ForEach(ctx, exec, []int{1}, func(context.Context, int) error { return nil })
	fmt.Println("later run refused:", errors.Is(err, core.ErrShutdown))
	// Output:
	// shutdown: <nil>
	// later run refused: true
}
