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

// TestShutdownIsBounded shuts down hooks that are slow or stuck.
func TestShutdownIsBounded(t *testing.T) {
	type shutdownFunc = func(ctx context.Context, release <-chan struct{}) error
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
		hooks []shutdownFunc
		limit time.Duration // none if it is negative
		took  time.Duration
		want  string
	}{
		{"no limit", []shutdownFunc{obedient}, -1, 8 * time.Second, "user0: not done after 8s: context deadline exceeded"},
		{"3 s", []shutdownFunc{obedient, obedient}, 3 * time.Second, 3 * time.Second, "user0: context deadline exceeded\nuser1: context deadline exceeded"},
		{"no time", []shutdownFunc{obedient}, 0, 0, "user0: context deadline exceeded"},
		{"a moment longer", []shutdownFunc{tardy}, time.Second, 1090 * time.Millisecond, "user0: 9 of 9 lost"},
		{"stuck", []shutdownFunc{slow, stuck}, 5 * time.Second, 5100 * time.Millisecond, "user1: not done in time: context deadline exceeded"},
		{"side by side", []shutdownFunc{slow, slow, slow}, -1, 3 * time.Second, "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				var hooks []core.Hook
				for i, shutdown := range c.hooks {
					hooks = append(hooks, &userHook{fmt.Sprint("user", i), func(ctx context.Context) error { return shutdown(ctx, release) }})
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
					t.Errorf("took %v and returned %q; want %v and %q", took, fmt.Sprint(err), c.took, c.want)
				}
			})
		})
	}
}

// TestShutdownOnce calls Shutdown from many goroutines at once, and again.
func TestShutdownOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		s := newSuite(t, exporters.WithHooks(&userHook{shutdown: func(context.Context) error {
			calls.Add(1)
			time.Sleep(5 * time.Second)
			return errBoom
		}}))
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if err := s.Shutdown(t.Context()); !errors.Is(err, errBoom) {
					t.Errorf("Shutdown returned %v", err)
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("with a second, Shutdown returned %v after %v", err, time.Since(began))
		}
		all.Wait()
		if err := s.Shutdown(ctx); !errors.Is(err, errBoom) || calls.Load() != 1 {
			t.Errorf("after its end, Shutdown returned %v; the hook was shut down %d times", err, calls.Load())
		}
	})
}

// TestShutdownDuringARun holds that the run goes on, and that the hooks count what
// it reports.
func TestShutdownDuringARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSuite(t, exporters.WithLogger(slog.New(slog.DiscardHandler)), exporters.WithPrometheus("", ownRegistry()),
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

// TestShutdownUnwrapsHooks holds that hooks inside others are shut down too.
func TestShutdownUnwrapsHooks(t *testing.T) {
	var calls atomic.Int32
	count := func() core.Hook {
		return &userHook{shutdown: func(context.Context) error { calls.Add(1); return nil }}
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

// TestShutdownLogsLosses holds that the first Shutdown logs what was lost, by hook
// and in one record, and that it logs nothing if nothing was.
func TestShutdownLogsLosses(t *testing.T) {
	losing := func(name, loss string) core.Hook {
		return &userHook{name, func(context.Context) error { return errors.New(loss) }}
	}
	for _, c := range []struct {
		name  string
		hooks []core.Hook
		want  string
	}{
		{"nothing", []core.Hook{&userHook{}}, ""},
		{
			"two hooks",
			[]core.Hook{losing("a", "3 of 4 lost"), &userHook{}, losing("b", "5 of 6 lost")},
			`level=WARN msg="exporters: telemetry was lost" lost="a: 3 of 4 lost; b: 5 of 6 lost"` + "\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log syncBuffer
			s := newSuite(t, exporters.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))), exporters.WithHooks(c.hooks...))
			for range 3 {
				_ = s.Shutdown(t.Context())
			}
			if log.String() != c.want {
				t.Errorf("logged\n%s, want\n%s", log.String(), c.want)
			}
		})
	}
}

// withoutTime leaves the time out of log records.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// TestShutdownSurvivesLogHandlers has log handlers that break, and one that blocks.
func TestShutdownSurvivesLogHandlers(t *testing.T) {
	for name, fail := range breakings {
		t.Run(name, func(t *testing.T) {
			s := newSuite(t, exporters.WithLogger(slog.New(brokenHandler{slog.DiscardHandler, fail})),
				exporters.WithHooks(&userHook{"user", func(context.Context) error { return errBoom }}))
			if err := s.Shutdown(t.Context()); !errors.Is(err, errBoom) {
				t.Errorf("Shutdown returned %v", err)
			}
		})
	}
	t.Run("blocked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			defer close(release)
			s := newSuite(t, exporters.WithLogger(slog.New(brokenHandler{slog.DiscardHandler, func() { <-release }})),
				exporters.WithHooks(&userHook{"user", func(context.Context) error { return errBoom }}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			began := time.Now()
			if err := s.Shutdown(ctx); !errors.Is(err, errBoom) || time.Since(began) != 1100*time.Millisecond {
				t.Errorf("Shutdown returned %v after %v", err, time.Since(began))
			}
		})
	})
}
