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

// childVariable, if set, makes the test binary run a job in place of the tests.
const childVariable = "EXPORTERS_TEST_CHILD"

// TestMain removes the variables that configure suites from the environment, and
// fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "unlinked" {
		exporters.RegisterOTLP(realOTLP{})
	}
	switch os.Getenv(childVariable) {
	case "":
	case "unlinked":
		runUnlinkedChild()
		return
	case "otel":
		runOTelChild()
		return
	case "handler":
		runHandlerChild()
		return
	default:
		runChild()
		return
	}
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") || name == "CI" {
			_ = os.Unsetenv(name)
		}
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) // the default prints every failed export
	goleak.VerifyTestMain(m)
}

// runChild runs a job, and prints how many goroutines its suite adds.
func runChild() {
	ctx := context.Background()
	before := countGoroutines(nil)
	s, err := exporters.FromEnv(ctx)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%d goroutines more\n", countGoroutines(s.Hook())-before)
	if err := s.Shutdown(ctx); err != nil {
		panic(err)
	}
}

// countGoroutines returns the least number of goroutines during several runs.
// In any one run, goroutines of an earlier run or of the runtime may be left.
func countGoroutines(hook core.Hook) int {
	exec := core.NewExecutor(core.WithWorkers(1))
	exec.Register(hook)
	least := math.MaxInt
	for range 1000 {
		_ = core.ForEach(context.Background(), exec, []int{0}, func(context.Context, int) error {
			least = min(least, runtime.NumGoroutine())
			return nil
		})
		runtime.Gosched()
	}
	return least
}
