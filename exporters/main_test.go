package exporters_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
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
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) // which prints every export that fails
	goleak.VerifyTestMain(m)
}

// child runs a job, and tells how many goroutines there are because of its suite.
func child() {
	ctx := context.Background()
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

// goroutines tells how many there are during a run, at least: in any one run,
// some of a run before or of the runtime may not have returned yet.
func goroutines(hook core.Hook) int {
	exec := core.NewExecutor(core.WithWorkers(1))
	exec.Register(hook)
	least := math.MaxInt
	for range 20 {
		_ = core.ForEach(context.Background(), exec, []int{0}, func(context.Context, int) error {
			least = min(least, runtime.NumGoroutine())
			return nil
		})
		runtime.Gosched()
	}
	return least
}
