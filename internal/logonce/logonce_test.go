package logonce_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/internal/logonce"
)

// textLogger logs levels, messages and attributes, without times.
func textLogger(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

func TestRepeatedFailuresAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		r := logonce.Reporter{Logger: textLogger(&b), Attrs: []slog.Attr{slog.String("hook", "x")}}
		r.Recovered("works")
		for range 100 {
			r.Failed("fails", slog.Int("n", 1))
			r.Recovered("works")
			time.Sleep(time.Second)
		}
		r.Failed("fails otherwise")
		time.Sleep(time.Minute)
		r.Failed("fails otherwise")
		want := []string{
			"level=WARN msg=fails hook=x n=1",
			"level=INFO msg=works hook=x",
			`level=WARN msg="fails otherwise" hook=x`,
		}
		if got := strings.TrimSpace(b.String()); got != strings.Join(want, "\n") {
			t.Errorf("got\n%s", got)
		}
	})
}

// brokenHandler is a handler whose Handle does what the test says.
type brokenHandler struct {
	slog.Handler
	f func()
}

func (h brokenHandler) Handle(context.Context, slog.Record) error { h.f(); return nil }

func TestHandlersAreSurvived(t *testing.T) {
	for name, f := range map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit} {
		t.Run(name, func(*testing.T) {
			r := logonce.Reporter{Logger: slog.New(brokenHandler{slog.DiscardHandler, f})}
			r.Failed("fails")
			logonce.Log(slog.New(brokenHandler{slog.Default().Handler(), f}), slog.LevelInfo, "one")
		})
	}
}

func TestDefaultLogger(t *testing.T) {
	var b bytes.Buffer
	before := slog.Default()
	defer slog.SetDefault(before)
	var r logonce.Reporter
	slog.SetDefault(textLogger(&b))
	r.Failed("fails")
	if got := b.String(); got != "level=WARN msg=fails\n" {
		t.Errorf("got %q", got)
	}
}
