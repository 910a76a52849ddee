package peer

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain checks for leaked goroutines, except for those of the default pool
// of ants, which every importing program has from its start on.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }
