package statsdhook_test

import (
	"os"
	"testing"
)

// openFiles counts the files and sockets that the process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
