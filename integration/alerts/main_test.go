package alerts_test

import (
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(800) // queries leave much garbage, and time matters more than memory
	goleak.VerifyTestMain(m)
}
