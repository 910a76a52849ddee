package sendq_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails the package if any test leaves a goroutine behind.
// TestLeakIsSeen checks that it finds one.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
