package core_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package if any test leaves a goroutine behind: a run, an
// executor and a hook that is stuck and then released leave none.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
