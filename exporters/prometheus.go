package exporters

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// newPrometheus makes the hook whose metrics are served, or pushed, or both.
// It returns nil if neither is wanted.
func (c *config) newPrometheus(watched []core.StatsReporter, tracing bool) (*promhook.Hook, error) {
	opts := []promhook.Option{promhook.WithStatsFrom(watched...)}
	if tracing {
		opts = append(opts, promhook.WithExemplar(spanOf))
	}
	var from source
	switch {
	case c.prometheus != nil:
		from, opts = c.prometheus.from, append(opts, c.prometheus.opts...)
	case c.pushgateway != nil:
		from = c.pushgateway.from
	default:
		return nil, nil
	}
	h, err := construct(opts)
	if err != nil {
		return nil, from.refuse(err)
	}
	return h, nil
}

// construct makes an error of the panic with which promhook refuses options.
func construct(opts []promhook.Option) (h *promhook.Hook, err error) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case string:
			err = errors.New(v)
		default:
			panic(v)
		}
	}()
	return promhook.New(opts...), nil
}

// spanOf returns the labels of an exemplar: they lead to the span of a chunk or
// a run, if it is recorded.
func spanOf(ctx context.Context) prometheus.Labels {
	s := trace.SpanContextFromContext(ctx)
	if !s.IsSampled() {
		return nil
	}
	return prometheus.Labels{"trace_id": s.TraceID().String(), "span_id": s.SpanID().String()}
}
