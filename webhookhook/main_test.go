package webhookhook_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// childURLVar is an environment variable. It makes the test binary a job that posts to
// this URL.
const childURLVar = "WEBHOOKHOOK_TEST_URL"

// child is that job, see signal_test.go.
var child = func(url string) { panic("there is no job to post to " + url) }

// TestMain fails if any test leaves a goroutine behind. In a process that a test
// started, it runs the job.
func TestMain(m *testing.M) {
	if url := os.Getenv(childURLVar); url != "" {
		child(url)
	}
	goleak.VerifyTestMain(m)
}
