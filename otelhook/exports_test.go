package otelhook_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/otelhook"
)

// textLogger returns a logger of levels, messages and attributes, without times.
func textLogger(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// TestSpansExported checks that lost spans are logged once a minute at most, and
// that Shutdown counts all of them.
func TestSpansExported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		th := newTestHook(otelhook.WithLogger(textLogger(&log)))
		th.SpansExported(5, nil)
		if err := th.Shutdown(t.Context()); err != nil {
			t.Errorf("nothing is lost, Shutdown returned %v", err)
		}
		for range 10 { // seconds
			th.SpansExported(2, errors.New("refused"))
			th.SpansExported(1, nil)
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		th.SpansExported(1, nil)
		want := "level=WARN msg=\"otelhook: spans are lost\" reason=send_error error=refused\nlevel=INFO msg=\"otelhook: spans are exported again\"\n"
		if log.String() != want {
			t.Errorf("logged\n%swant\n%s", &log, want)
		}
		for range 2 {
			if err := th.Shutdown(t.Context()); err == nil || err.Error() != "otelhook: 20 of 36 spans lost: 20 send_error" {
				t.Errorf("Shutdown returned %v", err)
			}
		}
	})
}

func TestSpansExportedConcurrently(t *testing.T) {
	th := newTestHook(otelhook.WithLogger(slog.New(slog.DiscardHandler)))
	var exporters sync.WaitGroup
	for range 8 {
		exporters.Go(func() {
			for range 100 {
				th.SpansExported(1, nil)
				th.SpansExported(3, errors.New("refused"))
			}
		})
	}
	exporters.Wait()
	if err := th.Shutdown(t.Context()); err == nil || err.Error() != "otelhook: 2400 of 3200 spans lost: 2400 send_error" {
		t.Errorf("Shutdown returned %v", err)
	}
}

// TestLoggerByDefault checks that the hook logs to the default logger of the
// time of logging.
func TestLoggerByDefault(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	th := newTestHook(otelhook.WithLogger(nil))
	slog.SetDefault(textLogger(&log))
	th.SpansExported(1, errors.New("refused"))
	if !strings.Contains(log.String(), "spans are lost") {
		t.Errorf("logged %q", &log)
	}
}

// brokenHandler is a handler whose Handle panics or calls runtime.Goexit.
type brokenHandler struct {
	slog.Handler
	handle func()
}

func (brokenHandler) Enabled(context.Context, slog.Level) bool    { return true }
func (h brokenHandler) Handle(context.Context, slog.Record) error { h.handle(); return nil }

// brokenError is an error whose method panics or calls runtime.Goexit.
type brokenError struct{ text func() string }

func (e brokenError) Error() string { return e.text() }

// TestSpansExportedSurvivesUserCode checks that a logger and an error that break
// cost neither the goroutine nor the count.
func TestSpansExportedSurvivesUserCode(t *testing.T) {
	for name, breakIt := range map[string]func(){"panic": func() { panic("broken") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			th := newTestHook(otelhook.WithLogger(slog.New(brokenHandler{slog.DiscardHandler, breakIt})))
			th.SpansExported(1, errors.New("refused"))
			var log bytes.Buffer
			other := newTestHook(otelhook.WithLogger(textLogger(&log)))
			other.SpansExported(1, brokenError{func() string { breakIt(); return "" }})
			for _, h := range []*testHook{th, other} {
				if err := h.Shutdown(t.Context()); err == nil || err.Error() != "otelhook: 1 of 1 spans lost: 1 send_error" {
					t.Errorf("Shutdown returned %v", err)
				}
			}
			if !strings.Contains(log.String(), "the Error method of a otelhook_test.brokenError broke") {
				t.Errorf("logged %q", &log)
			}
		})
	}
}
