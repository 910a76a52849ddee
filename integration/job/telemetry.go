package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters/termhook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// A suite is all exporters, set up as the environment says: the terminal always,
// the others where their variable is set.
type suite struct {
	hooks []core.Hook // OpenTelemetry's first, so that the others see its spans
	ends  []func(context.Context) error
}

func (s *suite) Hook() core.Hook { return core.MultiHook(s.hooks...) }

// Shutdown sends what is left, and says what was lost.
func (s *suite) Shutdown(ctx context.Context) error {
	errs := make(chan error, len(s.ends))
	for _, end := range s.ends {
		go func() { errs <- end(ctx) }()
	}
	var err error
	for range s.ends {
		err = errors.Join(err, <-errs)
	}
	return err
}

// telemetry sets the exporters up.
func telemetry(ctx context.Context, getenv func(string) string) (*suite, error) {
	terminal, err := termhook.New()
	if err != nil {
		return nil, err
	}
	s := &suite{hooks: []core.Hook{terminal}, ends: []func(context.Context) error{terminal.Shutdown}}
	var watched []core.StatsReporter
	if addr := getenv("CHUNKSCOPE_STATSD_ADDR"); addr != "" {
		h, err := statsdhook.New(addr)
		if err != nil {
			return nil, err
		}
		s.hooks, s.ends, watched = append(s.hooks, h), append(s.ends, h.Shutdown), append(watched, h)
	}
	if url := getenv("JOB_WEBHOOK_URL"); url != "" {
		h, err := webhookhook.New(url, webhookhook.WithPlainHTTP())
		if err != nil {
			return nil, err
		}
		s.hooks, s.ends, watched = append(s.hooks, h), append(s.ends, h.Shutdown), append(watched, h)
	}
	if addr := getenv("CHUNKSCOPE_ADDR"); addr != "" {
		h := promhook.New(promhook.WithStatsFrom(watched...), promhook.WithExemplar(spanOf))
		if err := s.serve(ctx, addr, h.Handler()); err != nil {
			return nil, err
		}
		s.hooks = append([]core.Hook{h}, s.hooks...)
	}
	if getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" {
		spans, err1 := otlptracehttp.New(ctx)
		metrics, err2 := otlpmetrichttp.New(ctx)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans))
		meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)))
		h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters), otelhook.WithStatsFrom(watched...))
		s.hooks = append([]core.Hook{h}, s.hooks...)
		s.ends = append(s.ends, func(ctx context.Context) error {
			return errors.Join(h.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx))
		})
	}
	return s, nil
}

// serve serves the metrics at an address.
func (s *suite) serve(ctx context.Context, addr string, metrics http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("job: cannot serve the metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics)
	server := &http.Server{Handler: mux, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // until Shutdown
	s.ends = append(s.ends, server.Shutdown)
	return nil
}

// spanOf is the exemplar of a chunk or a run: its trace.
func spanOf(ctx context.Context) prometheus.Labels {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsSampled() {
		return nil
	}
	return prometheus.Labels{"trace_id": span.TraceID().String(), "span_id": span.SpanID().String()}
}
