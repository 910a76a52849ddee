package peer

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines left behind, but for those of ants' default
// pool, which every program that imports it has from its start on.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }
