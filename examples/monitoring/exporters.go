package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/exporters"
	_ "github.com/chunkscope/chunkscope/exporters/otlp" // for -otel
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// setUpExporters sets up all back ends with package exporters. Without an
// address for Prometheus nothing is served; the metrics are in the registry.
func setUpExporters(ctx context.Context, to backends, registry *prometheus.Registry) (*setup, error) {
	opts := []exporters.Option{exporters.WithPrometheus(to.prometheus, promhook.WithRegisterer(registry))}
	if to.otel {
		opts = append(opts, exporters.WithOTel())
	}
	if to.statsd != "" {
		opts = append(opts, exporters.WithStatsD(to.statsd))
	}
	if to.webhook != "" {
		opts = append(opts, exporters.WithWebhook(to.webhook, webhookhook.WithEvents(webhookEvents...)))
	}
	suite, err := exporters.New(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("%w; the flags are -prometheus, -otel, -statsd and -webhook", err)
	}
	return &setup{suite.Hook(), suite.Addr(), suite.Shutdown}, nil
}
