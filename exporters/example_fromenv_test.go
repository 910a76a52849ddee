package exporters_test

import (
	"context"
	"fmt"
	"os"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// How a program leaves it to the environment what watches it.
func ExampleFromEnv() {
	watch := func(ctx context.Context, exec *core.Executor) error {
		suite, err := exporters.FromEnv(ctx)
		if err != nil {
			return err // names the variable that is wrong, and says what it may be
		}
		defer suite.Shutdown(context.Background()) //nolint:errcheck // a program logs it
		exec.Register(suite.Hook())

		return core.ForEach(ctx, exec, []string{"a", "b"}, func(_ context.Context, name string) error {
			fmt.Println("work on", name)
			return nil
		})
	}
	// Whoever runs the program says so, in a shell: CHUNKSCOPE_PROGRESS=none program
	_ = os.Setenv("CHUNKSCOPE_PROGRESS", "none")
	defer func() { _ = os.Unsetenv("CHUNKSCOPE_PROGRESS") }()
	fmt.Println(watch(context.Background(), core.NewExecutor(core.WithWorkers(1))))
	// Output:
	// work on a
	// work on b
	// <nil>
}
