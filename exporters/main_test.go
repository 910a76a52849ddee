package exporters_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// childVariable, if set, makes the test binary a program of its own.
const childVariable = "EXPORTERS_TEST_CHILD"

// TestMain gives every test the same environment, whatever the tests are run
// in, and fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") || name == "CI" {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// child runs a job, and tells how many goroutines there are because of its suite.
func child() {
	ctx := context.Background()
	goroutines := func(hook core.Hook) (most int) {
		exec := core.NewExecutor(core.WithWorkers(1))
		exec.Register(hook)
		_ = core.ForEach(ctx, exec, []int{0}, func(context.Context, int) error {
			most = runtime.NumGoroutine()
			return nil
		})
		return most
	}
	before := goroutines(nil)
	s, err := exporters.FromEnv(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d goroutines more\n", goroutines(s.Hook())-before)
	if err := s.Shutdown(ctx); err != nil {
		panic(err)
	}
}
