package termhook_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/termhook"
)

func TestShutdownOfABlockedWriterEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &blockedWriter{release: make(chan struct{})}
		h := newHook(t, termhook.ModePlain, out)
		startRun(h, "nightly", "r1", 1)
		synctest.Wait() // the hook is blocked in its first write
		began := time.Now()
		if err := h.Shutdown(context.Background()); err != nil {
			t.Errorf("no end of a run was lost, but: %v", err)
		}
		if took := time.Since(began); took != 8*time.Second {
			t.Errorf("without a deadline, Shutdown took %v", took)
		}
		close(out.release)
	})
}

func TestAfterShutdown(t *testing.T) {
	for _, mode := range writingModes {
		synctest.Test(t, func(t *testing.T) {
			var out buffer
			h := newHook(t, mode, terminal{&out})
			r := startRun(h, "nightly", "r1", 100)
			waitForFrame()
			r.progress(10)
			waitForFrame()
			if err := h.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			before := out.String()
			r.progress(20)
			r.end()
			startRun(h, "late", "r2", 1)
			waitForFrame()
			if out.String() != before {
				t.Errorf("%s: wrote %q after Shutdown", mode, strings.TrimPrefix(out.String(), before))
			}
			if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "closed 1") {
				t.Errorf("the second Shutdown: %v", err)
			}
			_, _ = io.WriteString(h.Writer(), "a late line\n")
			if !strings.Contains(out.String(), "a late line") {
				t.Error("Writer writes nothing after Shutdown")
			}
		})
	}
}
