package terminal_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/termhook"
)

func TestFramesComeBackWhenTheWriterWorksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fails atomic.Bool
		fails.Store(true)
		s := newScreen(80, 24)
		h := newHook(t, termhook.ModeTTY, flakyScreen{s, &fails})
		r := startRun(h, "nightly", "r1", 100, 1)
		time.Sleep(time.Second)
		r.progress(10, 10)
		waitForFrame()
		fails.Store(false)
		r.progress(20, 10)
		waitForFrame()
		if frame := s.frame(); !strings.Contains(frame, "20%") {
			t.Errorf("after a failed write:\n%s", frame)
		}
	})
}

type flakyScreen struct {
	*screen
	fails *atomic.Bool
}

func (f flakyScreen) Write(p []byte) (int, error) {
	if f.fails.Load() {
		return 0, errors.New("resource temporarily unavailable")
	}
	return f.screen.Write(p)
}

func TestLogLinesAreAboveTheProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScreen(40, 24)
		h := newHook(t, termhook.ModeTTY, s)
		r := startRun(h, "nightly", "r1", 100, 1)
		time.Sleep(time.Second)
		r.progress(10, 10)
		waitForFrame()
		log := slog.New(slog.NewTextHandler(h.Writer(), &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		log.Info("at once")
		if frame := s.frame(); !strings.HasPrefix(frame, "level=INFO msg=\"at once\"\nnightly") {
			t.Errorf("the line is not above the progress at once:\n%s", frame)
		}
		_, _ = io.WriteString(h.Writer(), "one ")
		_, _ = io.WriteString(h.Writer(), "line\nand no end")
		if frame := s.frame(); !strings.Contains(frame, "\none line\nnightly") {
			t.Errorf("a line that was written in parts:\n%s", frame)
		}
		if err := h.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if frame := s.frame(); !strings.HasSuffix(frame, "one line\nand no end\n") {
			t.Errorf("after Shutdown:\n%s", frame)
		}
		s.checkEscapes(t)
	})
}
