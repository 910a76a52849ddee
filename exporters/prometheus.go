package exporters

import (
	"context"
	"errors"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// newPrometheus returns the hook whose metrics are served, or pushed, or both. It
// returns nil if neither is asked for.
func (c *config) newPrometheus(reporters []core.StatsReporter, tracing bool) (*promhook.Hook, error) {
	opts := []promhook.Option{promhook.WithStatsFrom(reporters...)}
	if tracing {
		opts = append(opts, promhook.WithExemplar(spanLabels))
	}
	return c.constructPrometheus(opts)
}

// constructPrometheus constructs the promhook with the user's options between
// those before and those after.
func (c *config) constructPrometheus(before []promhook.Option, after ...promhook.Option) (*promhook.Hook, error) {
	var from setting
	var opts []promhook.Option
	switch {
	case c.prometheus != nil:
		from, opts = c.prometheus.setting, c.prometheus.opts
	case c.pushgateway != nil:
		from = c.pushgateway.setting
	default:
		return nil, nil
	}
	h, err := construct(promhook.New, slices.Concat(before, c.interval, opts, after)...)
	if err != nil {
		return nil, from.wrap(err)
	}
	return h, nil
}

// newPusher returns what pushes the metrics of h. It returns nil if that is not
// asked for.
func (c *config) newPusher(h *promhook.Hook) (*promhook.Pusher, error) {
	b := c.pushgateway
	if b == nil {
		return nil, nil
	}
	opts := prepend(promhook.WithPushLogger(c.logger), b.opts)
	p, err := promhook.NewPusher(h, b.address, opts...)
	if err == nil {
		return p, nil
	}
	if b.addressSetting().isVariable() {
		err = errors.New("the value is not the URL of a Pushgateway") // the hook's error repeats the scheme
	}
	return nil, b.blame(err, func() error { _, err := promhook.NewPusher(h, "http://localhost", opts...); return err })
}

// spanLabels returns the labels of an exemplar: the ids of the span of a chunk
// or a run, if it is recorded.
func spanLabels(ctx context.Context) prometheus.Labels {
	s := trace.SpanContextFromContext(ctx)
	if !s.IsSampled() {
		return nil
	}
	return prometheus.Labels{"trace_id": s.TraceID().String(), "span_id": s.SpanID().String()}
}
