package core_test

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/chunkscope/chunkscope/core"
)

// A hook that panics does not change the run. Other hooks get a Fault.
func ExampleOnFault() {
	exec := core.NewExecutor(core.WithLogger(slog.New(slog.DiscardHandler))) // it would log the fault, too
	exec.Register(
		core.OnRunStart(func(core.RunStart) { panic("no more space") }),
		core.OnFault(func(f core.Fault) {
			fmt.Printf("hook %s, at %v: %s: %v\n", f.Hook, f.Moment, f.Kind, f.Value)
		}),
	)
	err := core.ForEach(context.Background(), exec, []int{1, 2, 3}, func(context.Context, int) error { return nil })
	fmt.Println("error of the run:", err)
	// Output:
	// hook core.OnRunStart, at run_start: panic: no more space
	// error of the run: <nil>
}
