package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// byHooks sets up each back end by its own package.
func byHooks(ctx context.Context, to sinks, registry *prometheus.Registry) (*setup, error) {
	var otel, statsd, webhook core.Hook // core.MultiHook leaves nil out
	var watched []core.StatsReporter    // whose health Prometheus tells, too
	var ends []func(context.Context) error
	s := &setup{}

	if to.statsd != "" {
		h, err := statsdhook.New(to.statsd)
		if err != nil {
			return nil, fmt.Errorf("-statsd: %w", err)
		}
		statsd, watched, ends = h, append(watched, h), append(ends, h.Shutdown)
	}
	if to.webhook != "" {
		h, err := webhookhook.New(to.webhook, webhookhook.WithEvents(messages...))
		if err != nil {
			return nil, fmt.Errorf("-webhook: %w", err)
		}
		webhook, watched, ends = h, append(watched, h), append(ends, h.Shutdown)
	}
	prom := promhook.New(promhook.WithRegisterer(registry), promhook.WithStatsFrom(watched...))
	if to.prometheus != "" {
		addr, end, err := serve(ctx, to.prometheus, prom.Handler())
		if err != nil {
			return nil, fmt.Errorf("-prometheus: %w", err)
		}
		s.addr, ends = addr, append(ends, end)
	}
	if to.otel {
		h, end, err := openTelemetry(ctx, watched)
		if err != nil {
			return nil, fmt.Errorf("-otel: %w", err)
		}
		otel, ends = h, append(ends, end)
	}

	s.hook = core.MultiHook(otel, prom, statsd, webhook) // OpenTelemetry first, so that the others and the job see its spans
	s.shutdown = func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
		defer cancel()
		errs := make([]error, len(ends))
		var wg sync.WaitGroup
		for i, end := range ends { // at once: one that waits in vain takes all of the time
			wg.Go(func() { errs[i] = end(ctx) })
		}
		wg.Wait()
		return errors.Join(errs...)
	}
	return s, nil
}

// openTelemetry makes a hook whose spans and metrics go where OpenTelemetry's
// variables say, and the function that sends what is left.
func openTelemetry(ctx context.Context, watched []core.StatsReporter) (core.Hook, func(context.Context) error, error) {
	spans, err1 := otlptracehttp.New(ctx)
	metrics, err2 := otlpmetrichttp.New(ctx)
	about, err3 := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "monitoring")), resource.WithFromEnv())
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(about))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)), sdkmetric.WithResource(about))
	h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters), otelhook.WithStatsFrom(watched...))
	return h, func(ctx context.Context) error {
		return errors.Join(h.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx))
	}, nil
}

// serve serves metrics at an address, of this machine alone if it has no host.
func serve(ctx context.Context, addr string, metrics http.Handler) (at string, end func(context.Context) error, err error) {
	if strings.HasPrefix(addr, ":") {
		addr = "127.0.0.1" + addr
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return "", nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", metrics)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // until its end, which is the only reason to return
	return listener.Addr().String(), server.Shutdown, nil
}
