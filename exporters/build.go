package exporters

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
)

// newSuite makes the suite of a config. Mistakes are those that were found
// before.
func newSuite(ctx context.Context, c *config, mistakes error) (*Suite, error) {
	s := &Suite{logger: c.logger}
	if err := s.build(ctx, c, mistakes); err != nil {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		_ = core.ShutdownAll(ctx, s.shutdownHooks()...) // nothing was sent, and so nothing is lost
		return nil, err
	}
	return s, nil
}

// build checks all options before it opens anything. If it fails after that, the
// suite has to be shut down.
func (s *Suite) build(ctx context.Context, c *config, mistakes error) error {
	standalone, terminal, err1 := c.newStandalone(s.Page)
	server, err2 := c.newServer()
	userTracing, userHooks, err3 := c.splitUserHooks()
	err4 := c.checkPage(server)
	if err := errors.Join(mistakes, err1, err2, err3, err4, c.checkConstructors()); err != nil {
		return err
	}
	if terminal != nil {
		s.writer = terminal.Writer()
	}

	if server != nil {
		if err := server.open(ctx, c.listen); err != nil {
			return err
		}
		s.server = server
	}
	providers, err := c.openTelemetry(ctx)
	if err != nil {
		return err
	}
	s.hooks = providers.hooks() // New shuts them down if it fails

	reporters := statsReporters(slices.Concat(userTracing, standalone, userHooks))
	later := &telemetryStats{}
	visible := reporters // in Prometheus
	if providers != nil {
		visible = append([]core.StatsReporter{later}, reporters...)
	}
	prometheus, err := c.newPrometheus(visible, providers != nil || len(userTracing) > 0)
	if err != nil {
		return err
	}
	pusher, err := c.newPusher(prometheus)
	if err != nil {
		return err
	}
	if s.page, err = c.newPage(server, slices.Concat(visible, statsReporters(optional(pusher)))); err != nil {
		return err
	}
	telemetry, err := c.newTelemetry(providers, append(reporters, statsReporters(optional(pusher))...))
	if err != nil {
		return err
	}

	if telemetry != nil {
		later.hook.Store(telemetry.Hook)
	}

	// The hook that starts first ends last: spans are there for all other hooks,
	// and promhook has counted a run before the pusher pushes it.
	s.hooks = slices.Concat(optional(telemetry), userTracing, optional(pusher), optional(prometheus), s.page.hooks(), standalone, userHooks)
	if server != nil {
		server.serve(prometheus.Handler(), s.page.handler())
	}
	return nil
}

// checkConstructors returns the mistakes in the options of promhook, its pusher
// and otelhook. It constructs hooks that register and send nothing.
func (c *config) checkConstructors() error {
	_, err1 := c.constructPrometheus(nil, promhook.WithRegisterer(nil))
	_, err2 := c.constructTelemetry(nil, otelhook.WithoutTracing(), otelhook.WithoutMetrics())
	if c.pushgateway == nil {
		return errors.Join(err1, err2)
	}
	_, err3 := c.newPusher(promhook.New(promhook.WithRegisterer(nil)))
	return errors.Join(err1, err2, err3)
}

// construct calls a constructor that panics with an error if options are
// invalid, and returns that error.
func construct[H, O any](newHook func(...O) *H, opts ...O) (h *H, err error) {
	defer func() {
		if v := recover(); v != nil {
			var ok bool
			if err, ok = v.(error); !ok {
				err = fmt.Errorf("panic: %v", v)
			}
		}
	}()
	return newHook(opts...), nil
}

// splitUserHooks returns the hooks of WithHooks one by one, those that make
// spans apart.
func (c *config) splitUserHooks() (tracing, others []core.Hook, err error) {
	var errs []error
	for _, h := range core.Hooks(core.MultiHook(c.hooks...)) {
		if _, ok := core.HookAs[core.Hook](h); !ok {
			errs = append(errs, fmt.Errorf("exporters: WithHooks(nil %T): the hook is a typed nil; leave it out, or give a real one", h))
		} else if _, ok := core.HookAs[*otelhook.Hook](h); ok {
			tracing = append(tracing, h)
		} else {
			others = append(others, h)
		}
	}
	return tracing, others, errors.Join(errs...)
}

// optional returns a list of a hook, empty if it is nil.
func optional[H any, P interface {
	*H
	core.Hook
}](h P) []core.Hook {
	if h == nil {
		return nil
	}
	return []core.Hook{h}
}

// statsReporters returns the hooks that report their health.
func statsReporters(hooks []core.Hook) (reporters []core.StatsReporter) {
	for _, h := range hooks {
		if r, ok := core.HookAs[core.StatsReporter](h); ok {
			reporters = append(reporters, r)
		}
	}
	return reporters
}
