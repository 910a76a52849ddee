package exporters

import (
	"context"
	"errors"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// build makes the suite that a config asks for.
func build(ctx context.Context, c *config) (*Suite, error) {
	s := &Suite{}
	if err := s.assemble(ctx, c); err != nil {
		_ = s.Shutdown(finished()) // nothing was sent, and so nothing is lost
		return nil, err
	}
	return s, nil
}

// finished returns a context that is done.
func finished() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// assemble makes what the config asks for. What opens nothing comes first, so
// that most mistakes are found before anything has happened. When it fails,
// what the suite has by then is to be shut down.
func (s *Suite) assemble(ctx context.Context, c *config) error {
	simple, terminal, err1 := c.newSimple()
	pusher, err2 := c.newPusher()
	server, err3 := c.newServer()
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if terminal != nil {
		s.writer = terminal.Writer()
	}
	tracing, others := c.theirs()
	watched := capable[core.StatsReporter](slices.Concat(tracing, simple, others))
	if pusher != nil {
		watched = append(watched, pusher)
	}

	if server != nil {
		if err := server.open(ctx, c.listen); err != nil {
			return err
		}
		s.server = server
	}
	telemetry, err := c.newTelemetry(ctx, watched)
	if err != nil {
		return err
	}
	if telemetry != nil {
		s.hooks = []core.Hook{telemetry}
		tracing = append(s.hooks, tracing...)
	}
	prometheus, err := c.newPrometheus(watched, len(tracing) > 0)
	if err != nil {
		return err
	}

	// Who starts first ends last: the spans are there for all others, and what
	// is pushed when a run ends has been counted by then.
	s.hooks = tracing
	if pusher != nil {
		pusher.from(prometheus, c.pushgateway)
		s.hooks = append(s.hooks, pusher)
	}
	if prometheus != nil {
		s.hooks = append(s.hooks, prometheus)
	}
	s.hooks = slices.Concat(s.hooks, simple, others)
	if server != nil {
		server.serve(prometheus.Handler())
	}
	return nil
}

// theirs returns the hooks of WithHooks, those that make spans apart.
func (c *config) theirs() (tracing, others []core.Hook) {
	all, _ := members(core.MultiHook(c.hooks...)) // one by one
	for _, h := range all {
		if len(capable[*otelhook.Hook]([]core.Hook{h})) > 0 {
			tracing = append(tracing, h)
		} else {
			others = append(others, h)
		}
	}
	return tracing, others
}
