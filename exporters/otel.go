package exporters

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// telemetry is the hook for OpenTelemetry, together with the providers that
// were made for it: what is nil there is switched off.
type telemetry struct {
	*otelhook.Hook
	traces *sdktrace.TracerProvider
	spans  sdktrace.SpanExporter // of traces
	meters *sdkmetric.MeterProvider
}

// newTelemetry sets OpenTelemetry up as its variables say. It returns nil if
// that is nothing.
func (c *config) newTelemetry(ctx context.Context, watched []core.StatsReporter) (*telemetry, error) {
	if c.otel == nil || otelDisabled() {
		return nil, nil
	}
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(attribute.String("service.name", programName())),
		resource.WithFromEnv(), // goes before ours
	)
	if err != nil { // which repeats the value
		return nil, c.otel.from.refuse(errors.New("OTEL_RESOURCE_ATTRIBUTES is not of the form key=value,key=value"))
	}
	spans, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return nil, c.otel.from.refuse(fmt.Errorf("OTEL_TRACES_EXPORTER or OTEL_EXPORTER_OTLP_PROTOCOL: %w", withoutPaths(err)))
	}
	metrics, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		_ = spans.Shutdown(ctx) // it has sent nothing
		return nil, c.otel.from.refuse(fmt.Errorf("OTEL_METRICS_EXPORTER or OTEL_EXPORTER_OTLP_PROTOCOL: %w", withoutPaths(err)))
	}

	t := &telemetry{}
	opts := []otelhook.Option{otelhook.WithStatsFrom(watched...)}
	if autoexport.IsNoneSpanExporter(spans) {
		opts = append(opts, otelhook.WithoutTracing())
	} else {
		t.spans = spans
		t.traces = sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans), sdktrace.WithResource(about))
		opts = append(opts, otelhook.WithTracerProvider(t.traces))
	}
	if autoexport.IsNoneMetricReader(metrics) {
		opts = append(opts, otelhook.WithoutMetrics())
	} else {
		t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics), sdkmetric.WithResource(about))
		opts = append(opts, otelhook.WithMeterProvider(t.meters))
	}
	if t.traces == nil && t.meters == nil {
		return nil, nil
	}
	t.Hook = otelhook.New(slices.Concat(opts, c.otel.opts)...)
	return t, nil
}

// Shutdown has the hook send what is left, and then shuts the providers down.
func (t *telemetry) Shutdown(ctx context.Context) error {
	if err := t.Hook.Shutdown(ctx); err != nil {
		_ = t.end(ctx) // says nothing new
		return withoutPaths(err)
	}
	return withoutPaths(t.end(ctx))
}

// end shuts the providers down.
func (t *telemetry) end(ctx context.Context) error {
	var tasks []task
	if t.traces != nil {
		tasks = append(tasks, task{"otelhook: end of traces", t.endTraces})
	}
	if t.meters != nil {
		tasks = append(tasks, task{"otelhook: end of metrics", t.meters.Shutdown})
	}
	return together(ctx, tasks)
}

// endTraces shuts the provider of spans down. The provider must not find its
// context done when it begins, or it leaves a goroutine behind: it gets a little
// more time, in which the exporter is shut down and lets go of what it is at.
func (t *telemetry) endTraces(ctx context.Context) error {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	release := func() { _ = attempt(func() error { return t.spans.Shutdown(ctx) }) }
	if ctx.Err() != nil {
		release()
	}
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(grace/2, cancel)
		release()
	})
	defer stop()
	return t.traces.Shutdown(longer)
}

// otelDisabled tells whether the user wants no OpenTelemetry at all.
func otelDisabled() bool { return strings.EqualFold(os.Getenv("OTEL_SDK_DISABLED"), "true") }

// programName is what the program is called, as core's default for executors.
func programName() string { return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") }

// anyURL matches a URL: its scheme, its host, and what may be secret.
var anyURL = regexp.MustCompile(`(https?://)(?:[^/@\s"]*@)?([^/?#\s"]*)[^\s"]*`)

// withoutPaths leaves of the URLs in an error their schemes and hosts.
func withoutPaths(err error) error {
	if err == nil {
		return nil
	}
	if text := anyURL.ReplaceAllString(err.Error(), "$1$2"); text != err.Error() {
		return errors.New(text)
	}
	return err
}
