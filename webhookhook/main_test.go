package webhookhook_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childURL, if set, makes the test binary a job that posts there.
const childURLVar = "WEBHOOKHOOK_TEST_URL"

// child is that job; see signal_test.go.
var child = func(url string) { panic("there is no job to post to " + url) }

// TestMain fails the package if any test leaves a goroutine behind. In a
// process that a test started, it is the job that the test wants.
func TestMain(m *testing.M) {
	if url := os.Getenv(childURLVar); url != "" {
		child(url)
	}
	goleak.VerifyTestMain(m)
}
