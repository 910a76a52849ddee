package core_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package if a test leaves a goroutine behind. Runs, executors and
// hooks that were stuck leave none.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
