package loghook_test

import (
	"bytes"
	"context"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
)

// handler is a slog.Handler that is a function.
type handler func(context.Context, slog.Record) error

func (handler) Enabled(context.Context, slog.Level) bool          { return true }
func (h handler) Handle(ctx context.Context, r slog.Record) error { return h(ctx, r) }
func (h handler) WithAttrs([]slog.Attr) slog.Handler              { return h }
func (h handler) WithGroup(string) slog.Handler                   { return h }

func TestBlockedLoggerDelaysNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := newHook(t, loghook.WithProgress(time.Second), loghook.WithLogger(slog.New(handler(func(context.Context, slog.Record) error { <-release; return nil }))))
		exec := core.NewExecutor(core.WithWorkers(4), core.WithChunkSize(1), core.WithContinueOnError())
		exec.Register(h)
		began := time.Now()
		_ = core.ForEach(t.Context(), exec, make([]int, 400), func(context.Context, int) error { time.Sleep(100 * time.Millisecond); return errRow })
		if late := time.Since(began) - 10*time.Second; late > 10*time.Millisecond {
			t.Errorf("the run took %v longer", late)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); err == nil {
			t.Error("Shutdown does not report the lost records")
		}
		if s := h.Stats(); s.Pending != 0 || s.Dropped["shutdown"] == 0 || s.Dropped["superseded"] == 0 || s.Delivered != 0 {
			t.Errorf("%+v", s)
		}
		close(release)
	})
}

func TestBrokenHandler(t *testing.T) {
	for name, broken := range map[string]handler{
		"fails":        func(context.Context, slog.Record) error { return errRow },
		"panics":       func(context.Context, slog.Record) error { panic("no") },
		"calls Goexit": func(context.Context, slog.Record) error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHook(t, loghook.WithLogger(slog.New(broken)))
			exec := core.NewExecutor()
			exec.Register(h)
			if err := core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return nil }); err != nil {
				t.Error(err)
			}
			if err := h.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			if s := h.Stats(); s.Produced != 2 || s.Errors != 2 || s.Dropped["handler_error"] != 2 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// enabledHandler is a slog.Handler whose Enabled is the function.
type enabledHandler struct {
	slog.Handler
	enabled func()
}

func (h enabledHandler) Enabled(context.Context, slog.Level) bool { h.enabled(); return true }

// TestBrokenCallCostsOneRecord breaks one call of two.
func TestBrokenCallCostsOneRecord(t *testing.T) {
	for how, call := range map[string]func(){"panic": func() { panic("no") }, "Goexit": runtime.Goexit} {
		for _, method := range []string{"Enabled", "Handle"} {
			t.Run(method+"/"+how, func(t *testing.T) {
				var out bytes.Buffer
				calls := 0
				breakFirst := func() {
					if calls++; calls == 1 {
						call()
					}
				}
				working := logger(&out).Handler()
				var broken slog.Handler = enabledHandler{working, breakFirst}
				if method == "Handle" {
					broken = handler(func(ctx context.Context, r slog.Record) error { breakFirst(); return working.Handle(ctx, r) })
				}
				h := newHook(t, loghook.WithLogger(slog.New(broken)))
				exec := core.NewExecutor()
				exec.Register(h)
				_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return nil })
				err := h.Shutdown(t.Context())
				if err == nil || !strings.Contains(err.Error(), "1 handler_error") {
					t.Errorf("Shutdown: %v", err)
				}
				if text := out.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "run ended") {
					t.Errorf("logged %q", text)
				}
				if s := h.Stats(); s.Produced != 2 || s.Delivered != 1 || s.Errors != 1 || s.Pending != 0 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}
