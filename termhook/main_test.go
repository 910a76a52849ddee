package termhook_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain sets the same environment for every test: a terminal that shows
// Unicode, and no variable that changes the mode.
func TestMain(m *testing.M) {
	for _, name := range []string{"CI", "NO_COLOR", "CHUNKSCOPE_PROGRESS", "LC_ALL", "LC_CTYPE"} {
		_ = os.Unsetenv(name)
	}
	_ = os.Setenv("TERM", "xterm")
	_ = os.Setenv("LANG", "C.UTF-8")
	goleak.VerifyTestMain(m)
}
