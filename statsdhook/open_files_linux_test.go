package statsdhook_test

import (
	"os"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestNoFileIsLeftOpen checks that hooks leave no socket open. TestMain looks for
// goroutines.
func TestNoFileIsLeftOpen(t *testing.T) {
	before := openFiles(t)
	for _, addr := range []string{unusedUDPAddress(t), "unixgram://" + t.TempDir() + "/none.sock", "localhost:9"} {
		h := newHook(t, addr, statsdhook.WithFlushInterval(time.Millisecond))
		runAllOutcomes(t, h)
		shutdown(t, h, 8*time.Second)
	}
	h := newHook(t, unusedUDPAddress(t))
	h.OnRunEnd(t.Context(), core.RunEnd{})
	if err := h.Flush(t.Context()); err != nil {
		t.Error(err)
	}
	if during := openFiles(t); during <= before {
		t.Errorf("%d files open with a socket, %d before: the check does not find it", during, before)
	}
	shutdown(t, h, time.Second)
	if after := openFiles(t); after > before {
		t.Errorf("%d files open, %d before", after, before)
	}
}

// openFiles counts the files and sockets that the process has open.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}
