package exporters

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// Shutdown sends what the hooks still hold, all of them side by side, and ends
// them. Then it stops the server, and lets scrapes under way finish. It takes
// until ctx ends, or 8 s if ctx has no deadline, and at most a tenth of a second
// longer. With a context that has ended, nothing more is sent. Give it a context
// of its own: that of an interrupted job has ended.
//
// The error names each hook that lost something, and what it lost. Shutdown logs
// the same in one record at level Warn, and nothing if nothing was lost. Only the
// first call has an effect; others wait for it, as long as their contexts allow,
// and return the same error. Shutdown is safe at any moment: it does not harm a
// run that goes on, and the hooks count what the run reports as lost.
func (s *Suite) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := s.done == nil
	if first {
		s.done = make(chan struct{})
	}
	s.mu.Unlock()
	if first {
		s.result = core.ShutdownAll(ctx, s.shutdownHooks()...)
		s.logLosses(ctx)
		close(s.done)
		return s.result
	}
	select {
	case <-s.done:
	case <-ctx.Done():
		select {
		case <-s.done:
		default:
			return fmt.Errorf("exporters: another Shutdown has not returned yet: %w", context.Cause(ctx))
		}
	}
	return s.result
}

// logLosses logs what each hook lost. The handler and the errors of user hooks are
// user code.
func (s *Suite) logLosses(ctx context.Context) {
	if s.result == nil {
		return
	}
	_ = call(ctx, func(context.Context) error { // there is nowhere left to report it
		lost := strings.ReplaceAll(s.result.Error(), "\n", "; ")
		logger := s.logger
		if logger == nil {
			logger = slog.Default()
		}
		logger.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "exporters: telemetry was lost", slog.String("lost", lost))
		return nil
	})
}

// shutdownHooks returns the hooks to shut down, and the server as one of them. It
// stops when the others have ended, so that it can be scraped until then.
func (s *Suite) shutdownHooks() []core.Hook {
	var hooks []core.Hook
	var running sync.WaitGroup
	for _, h := range s.hooks {
		if shutdowner, ok := core.HookAs[core.Shutdowner](h); ok {
			running.Add(1)
			hooks = append(hooks, &trackedHook{h, shutdowner, running.Done})
		}
	}
	if s.server == nil {
		return hooks
	}
	ended := make(chan struct{})
	return append(hooks, &shutdownHook{"exporters", func(ctx context.Context) error {
		go func() { running.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-ctx.Done():
		}
		return s.server.shutdown(ctx)
	}})
}

// trackedHook reports the end of a hook's Shutdown.
type trackedHook struct {
	core.Hook
	shutdowner core.Shutdowner
	ended      func()
}

func (h *trackedHook) Shutdown(ctx context.Context) error {
	defer h.ended()
	return h.shutdowner.Shutdown(ctx)
}

// shutdownHook is a hook that is only shut down.
type shutdownHook struct {
	name     string
	shutdown func(context.Context) error
}

func (h *shutdownHook) HookName() string { return h.name }

func (h *shutdownHook) Shutdown(ctx context.Context) error { return h.shutdown(ctx) }

// call calls user code in the way in which core shuts a hook down: a panic or
// runtime.Goexit becomes an error. Code that goes on after the end of ctx, or for
// more than 8 s where ctx has no deadline, is left behind.
func call(ctx context.Context, f func(context.Context) error) error {
	return core.ShutdownAll(ctx, &shutdownHook{"", f})
}
