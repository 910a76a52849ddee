package exporters

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// telemetry is the hook for OpenTelemetry with the providers that the suite made
// for it.
type telemetry struct {
	*otelhook.Hook
	providers []core.Hook       // only to be shut down
	clean     func(error) error // removes secrets
}

// newTelemetry returns the hook that sends to the providers. It returns nil if
// there are none.
func (c *config) newTelemetry(p *providers, reporters []core.StatsReporter) (*telemetry, error) {
	if p == nil {
		return nil, nil
	}
	opts := append(p.options(), otelhook.WithStatsFrom(reporters...), otelhook.WithLogger(c.logger))
	h, err := c.constructTelemetry(opts)
	if err != nil {
		return nil, err
	}
	if p.traces != nil {
		p.traces.spans.hook = h
	}
	return &telemetry{h, p.hooks(), p.errors.clean}, nil
}

// constructTelemetry constructs the otelhook with the user's options between
// those before and those after. It returns nil if no option asks for it.
func (c *config) constructTelemetry(before []otelhook.Option, after ...otelhook.Option) (*otelhook.Hook, error) {
	if c.otel == nil {
		return nil, nil
	}
	h, err := construct(otelhook.New, slices.Concat(before, c.otel.opts, after)...)
	if err != nil {
		return nil, c.otel.setting.wrap(err)
	}
	return h, nil
}

// telemetryStats reports the health of the telemetry before it is made. The hooks
// that export it are made first.
type telemetryStats struct{ hook atomic.Pointer[otelhook.Hook] }

func (*telemetryStats) HookName() string { return (*otelhook.Hook)(nil).HookName() }

func (s *telemetryStats) Stats() core.HookStats {
	if h := s.hook.Load(); h != nil {
		return h.Stats()
	}
	return core.HookStats{}
}

// Shutdown shuts down the providers, which sends what is left. The hook comes
// after them, as it reports the spans that were lost.
func (t *telemetry) Shutdown(ctx context.Context) error {
	err := core.ShutdownAll(ctx, t.providers...)
	return t.clean(errors.Join(err, t.Hook.Shutdown(ctx)))
}
