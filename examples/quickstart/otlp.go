package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// exportTimeout is how long the program waits at its end for what is not sent yet.
const exportTimeout = 5 * time.Second

// exportOTLP returns a hook that sends spans and metrics by OTLP to a
// collector's base URL, over HTTP. stop sends what is left, and tells on stderr
// if that fails: a collector that is down is no reason for the job to fail.
func exportOTLP(ctx context.Context, base string, stderr io.Writer) (hook core.Hook, stop func(), err error) {
	// The exporters add no path of their own to a URL that is given in code.
	spans, err1 := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(join(base, "v1/traces")))
	metrics, err2 := otlpmetrichttp.New(ctx, otlpmetrichttp.WithEndpointURL(join(base, "v1/metrics")))
	// What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say goes above our own.
	about, err3 := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "quickstart")), resource.WithFromEnv())
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, fmt.Errorf("quickstart: cannot set OpenTelemetry up: %w", err)
	}
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(about))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)), sdkmetric.WithResource(about))
	h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))

	return h, func() {
		// Not the job's context: an interrupted job has something to tell, too.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), exportTimeout)
		defer cancel()
		if err := errors.Join(h.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx)); err != nil {
			fmt.Fprintf(stderr, "quickstart: not all spans and metrics were sent: %v\n", err)
		}
	}, nil
}

// baseURL returns the parser of a flag that sets a URL.
func baseURL(base *string) func(string) error {
	return func(value string) error {
		u, err := url.Parse(value)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return errors.New("need a URL such as http://localhost:4318")
		}
		*base = value
		return nil
	}
}

// join adds a path to a URL that baseURL has let pass.
func join(base, path string) string {
	joined, err := url.JoinPath(base, path)
	if err != nil {
		return base
	}
	return joined
}
