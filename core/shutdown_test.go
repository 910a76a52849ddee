package core_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// shutdownHook is a hook whose Shutdown calls a function of the test.
type shutdownHook struct {
	core.HookRunEnd
	name     string
	shutdown func(context.Context) error
}

func (c *shutdownHook) HookName() string                   { return c.name }
func (c *shutdownHook) Shutdown(ctx context.Context) error { return c.shutdown(ctx) }

// outerHook is a wrapper of a user.
type outerHook struct{ core.Hook }

func (f outerHook) Unwrap() core.Hook { return f.Hook }

func TestShutdownAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		done := func(context.Context) error { calls.Add(1); return nil }
		slow := func(context.Context) error { time.Sleep(time.Second); return nil }
		began := time.Now()
		err := core.ShutdownAll(t.Context(), nil,
			&shutdownHook{name: "done", shutdown: done},
			&shutdownHook{name: "slow", shutdown: slow},
			core.MultiHook(&shutdownHook{name: "as slow", shutdown: slow}, core.OnRunEnd(func(core.RunEnd) {})),
			core.Every(time.Second, core.MultiHook(outerHook{&shutdownHook{name: "wrapped", shutdown: done}})),
			&shutdownHook{name: "fails", shutdown: func(context.Context) error { return fs.ErrClosed }},
			&shutdownHook{name: "panics", shutdown: func(context.Context) error { panic("boom") }},
			&shutdownHook{name: "exits", shutdown: func(context.Context) error { runtime.Goexit(); return nil }},
		)
		if took := time.Since(began); took != time.Second || calls.Load() != 2 {
			t.Errorf("it took %v and shut %d hooks down, want 1s and 2", took, calls.Load())
		}
		var panicked *core.PanicError
		if !errors.Is(err, fs.ErrClosed) || !errors.As(err, &panicked) || !errors.Is(err, core.ErrGoexit) {
			t.Errorf("got %v", err)
		}
		for _, want := range []string{"fails: file already closed", "panics: panic: boom", "exits: core: the function called runtime.Goexit"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q: %v", want, err)
			}
		}
	})
}

func TestShutdownAllIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := &shutdownHook{name: "stuck", shutdown: func(context.Context) error { <-release; return nil }}
		began := time.Now()
		err := core.ShutdownAll(t.Context(), stuck)
		if took := time.Since(began); took != 8*time.Second+flushGrace || !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "stuck: ") {
			t.Errorf("after %v: %v", took, err)
		}
		close(release)
	})
}

func TestHooksAndHookAs(t *testing.T) {
	a, b := &shutdownHook{name: "a"}, &shutdownHook{name: "b"}
	all := core.Hooks(core.Every(time.Second, core.MultiHook(a, nil, core.Filter(core.MultiHook(outerHook{b}), func(core.RunStart) bool { return true }))))
	var names []string
	for _, h := range all {
		names = append(names, h.HookName())
		if _, bare := h.(*shutdownHook); bare {
			t.Errorf("%s lost the Every around it", h.HookName())
		}
		if c, ok := core.HookAs[core.Shutdowner](h); !ok || c != a && c != b {
			t.Errorf("in %s, HookAs found %v", h.HookName(), c)
		}
		if _, ok := core.HookAs[core.StatsReporter](h); ok {
			t.Errorf("%s is no StatsReporter", h.HookName())
		}
	}
	if strings.Join(names, " ") != "a b" {
		t.Errorf("got %q", names)
	}
	if len(core.Hooks(nil))+len(core.Hooks(core.MultiHook())) != 0 {
		t.Error("nothing has hooks")
	}
	for _, nothing := range []core.Hook{nil, (*shutdownHook)(nil), outerHook{(*shutdownHook)(nil)}, core.MultiHook(a)} {
		if c, ok := core.HookAs[core.Shutdowner](nothing); ok {
			t.Errorf("in %T, HookAs found %v", nothing, c)
		}
	}
	if _, ok := core.HookAs[core.Shutdowner](selfWrapper{}); ok {
		t.Error("something was found in a hook that wraps itself")
	}
}

// selfWrapper wraps itself.
type selfWrapper struct{}

func (selfWrapper) HookName() string    { return "loop" }
func (l selfWrapper) Unwrap() core.Hook { return l }
