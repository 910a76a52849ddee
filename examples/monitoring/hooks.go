package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
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

// setUpHooks sets up each back end with its own package.
func setUpHooks(ctx context.Context, to backends, registry *prometheus.Registry) (*setup, error) {
	var otel, statsd, webhook core.Hook         // core.MultiHook ignores nil
	var reporters []core.StatsReporter          // promhook and otelhook export their health
	var shutdowns []func(context.Context) error // of what is no hook: the server, the providers
	s := &setup{}

	if to.statsd != "" {
		h, err := statsdhook.New(to.statsd)
		if err != nil {
			return nil, fmt.Errorf("-statsd: %w", err)
		}
		statsd, reporters = h, append(reporters, h)
	}
	if to.webhook != "" {
		h, err := webhookhook.New(to.webhook, webhookhook.WithEvents(webhookEvents...))
		if err != nil {
			return nil, fmt.Errorf("-webhook: %w", err)
		}
		webhook, reporters = h, append(reporters, h)
	}
	if to.otel {
		h, shutdown, err := openTelemetry(ctx, reporters)
		if err != nil {
			return nil, fmt.Errorf("-otel: %w", err)
		}
		otel, reporters, shutdowns = h, append(reporters, h), append(shutdowns, shutdown)
	}
	prom := promhook.New(promhook.WithRegisterer(registry), promhook.WithStatsFrom(reporters...))
	if to.prometheus != "" {
		addr, shutdown, err := serve(ctx, to.prometheus, prom.Handler())
		if err != nil {
			return nil, fmt.Errorf("-prometheus: %w", err)
		}
		s.addr, shutdowns = addr, append(shutdowns, shutdown)
	}

	s.hook = core.MultiHook(otel, prom, statsd, webhook) // OpenTelemetry comes first, so that the other hooks and the job see its spans
	s.shutdown = func(ctx context.Context) error {
		err := core.ShutdownAll(ctx, s.hook) // side by side, for at most 8 s; otelhook flushes its providers
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		for _, shutdown := range shutdowns {
			err = errors.Join(err, shutdown(ctx))
		}
		return err
	}
	return s, nil
}

// openTelemetry returns a hook whose spans and metrics go to the destination in
// the OTEL_ variables, and a function that shuts their providers down.
func openTelemetry(ctx context.Context, reporters []core.StatsReporter) (*otelhook.Hook, func(context.Context) error, error) {
	spans, err1 := otlptracehttp.New(ctx)
	metrics, err2 := otlpmetrichttp.New(ctx)
	res, err3 := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "monitoring")), resource.WithFromEnv())
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(res))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)), sdkmetric.WithResource(res))
	h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters), otelhook.WithStatsFrom(reporters...))
	return h, func(ctx context.Context) error {
		return errors.Join(traces.Shutdown(ctx), meters.Shutdown(ctx))
	}, nil
}

// serve serves metrics at an address. Without a host, the address is on the
// loopback interface.
func serve(ctx context.Context, addr string, metrics http.Handler) (address string, shutdown func(context.Context) error, err error) {
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
	go func() { _ = server.Serve(listener) }() // Serve returns only after Shutdown
	return listener.Addr().String(), server.Shutdown, nil
}
