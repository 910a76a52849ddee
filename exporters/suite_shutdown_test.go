package exporters_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// TestShutdownIsBounded has hooks that take their time.
func TestShutdownIsBounded(t *testing.T) {
	type ending = func(ctx context.Context, release <-chan struct{}) error
	obedient := func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return context.Cause(ctx) }
	tardy := func(ctx context.Context, _ <-chan struct{}) error {
		<-ctx.Done()
		time.Sleep(90 * time.Millisecond)
		return errors.New("9 of 9 lost")
	}
	stuck := func(_ context.Context, release <-chan struct{}) error { <-release; return nil }
	slow := func(context.Context, <-chan struct{}) error { time.Sleep(3 * time.Second); return nil }
	for _, c := range []struct {
		name  string
		hooks []ending
		limit time.Duration // none if it is negative
		took  time.Duration
		want  string
	}{
		{"no limit", []ending{obedient}, -1, 8 * time.Second, "own0: context deadline exceeded"},
		{"3 s", []ending{obedient, obedient}, 3 * time.Second, 3 * time.Second, "own0: context deadline exceeded\nown1: context deadline exceeded"},
		{"no time", []ending{obedient}, 0, 0, "own0: context deadline exceeded"},
		{"a moment longer", []ending{tardy}, time.Second, 1090 * time.Millisecond, "own0: 9 of 9 lost"},
		{"stuck", []ending{slow, stuck}, 5 * time.Second, 5100 * time.Millisecond, "own1: it is not done: context deadline exceeded"},
		{"side by side", []ending{slow, slow, slow}, -1, 3 * time.Second, "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				var hooks []core.Hook
				for i, end := range c.hooks {
					hooks = append(hooks, &own{fmt.Sprint("own", i), func(ctx context.Context) error { return end(ctx, release) }})
				}
				s := newSuite(t, exporters.WithHooks(hooks...))
				ctx := t.Context()
				if c.limit >= 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.limit)
					defer cancel()
				}
				began := time.Now()
				err := s.Shutdown(ctx)
				if took := time.Since(began); took != c.took || fmt.Sprint(err) != c.want {
					t.Errorf("took %v and said %q; want %v and %q", took, fmt.Sprint(err), c.took, c.want)
				}
			})
		})
	}
}

// TestShutdownOnce has many call it at once and again.
func TestShutdownOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		s := newSuite(t, exporters.WithHooks(&own{shutdown: func(context.Context) error {
			calls.Add(1)
			time.Sleep(5 * time.Second)
			return errBoom
		}}))
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := s.Shutdown(t.Context()); !errors.Is(err, errBoom) {
					t.Errorf("said %v", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("one in a hurry said %v after %v", err, time.Since(began))
		}
		all.Wait()
		if err := s.Shutdown(ctx); !errors.Is(err, errBoom) || calls.Load() != 1 {
			t.Errorf("after the end it said %v; the hook was shut down %d times", err, calls.Load())
		}
	})
}

// TestShutdownDuringARun has the run go on, and what it tells counted.
func TestShutdownDuringARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSuite(t, exporters.WithLogger(slog.New(slog.DiscardHandler)), exporters.WithPrometheus("", private()),
			exporters.WithPushgateway("http://gateway.invalid"))
		exec := core.NewExecutor(core.WithWorkers(1))
		exec.Register(s.Hook())
		err := core.ForEach(t.Context(), exec, make([]int, 10), func(context.Context, int) error {
			time.Sleep(time.Second)
			return s.Shutdown(t.Context())
		})
		if err != nil {
			t.Error(err)
		}
		for _, name := range []string{"loghook", "promhook.push"} {
			if stats := statsOf(t, s, name); stats.Dropped["closed"] == 0 || stats.Pending != 0 {
				t.Errorf("%s: %+v", name, stats)
			}
		}
	})
}

// TestShutdownFindsHooksInHooks has those inside others shut down, too.
func TestShutdownFindsHooksInHooks(t *testing.T) {
	var calls atomic.Int32
	count := func() core.Hook {
		return &own{shutdown: func(context.Context) error { calls.Add(1); return nil }}
	}
	all := func(core.RunStart) bool { return true }
	s := newSuite(t, exporters.WithHooks(
		count(),
		core.MultiHook(count(), core.Filter(count(), all)),
		core.Filter(core.Every(time.Second, core.MultiHook(count(), count())), all),
		core.OnRunEnd(func(core.RunEnd) {}),
		endless{},
	))
	if err := s.Shutdown(t.Context()); err != nil || calls.Load() != 5 {
		t.Errorf("%d of 5 hooks are shut down, %v", calls.Load(), err)
	}
}

// endless is a hook that unwraps to itself.
type endless struct{}

func (endless) HookName() string    { return "endless" }
func (e endless) Unwrap() core.Hook { return e }
