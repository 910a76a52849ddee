package termhook_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain gives every test the same environment, whatever the tests are run
// in: a terminal that shows Unicode, and no wishes.
func TestMain(m *testing.M) {
	for _, name := range []string{"CI", "NO_COLOR", "CHUNKSCOPE_PROGRESS", "LC_ALL", "LC_CTYPE"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("TERM", "xterm")
	_ = os.Setenv("LANG", "C.UTF-8")
	goleak.VerifyTestMain(m)
}
