package exporters_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// A program whose environment decides how it is observed.
func ExampleFromEnv() {
	job := func(ctx context.Context, exec *core.Executor) error {
		suite, err := exporters.FromEnv(ctx)
		if err != nil {
			return err // names the invalid variable and its valid values
		}
		defer suite.Shutdown(context.Background()) //nolint:errcheck // a program logs it
		log.SetOutput(suite.Writer())              // log lines go above the bar
		exec.Register(suite.Hook())

		return core.ForEach(ctx, exec, []string{"a", "b"}, func(_ context.Context, name string) error {
			fmt.Println("working on", name)
			return nil
		})
	}
	defer log.SetOutput(os.Stderr)
	// The user sets this in a shell: CHUNKSCOPE_PROGRESS=none program
	_ = os.Setenv("CHUNKSCOPE_PROGRESS", "none")
	defer func() { _ = os.Unsetenv("CHUNKSCOPE_PROGRESS") }()
	fmt.Println(job(context.Background(), core.NewExecutor(core.WithWorkers(1))))
	// Output:
	// working on a
	// working on b
	// <nil>
}
