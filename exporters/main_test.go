package exporters_test

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// TestMain gives every test the same environment, whatever the tests are run
// in, and fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") || name == "CI" {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}
