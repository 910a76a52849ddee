package otelhook_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/chunkscope/chunkscope/otelhook"
)

// TestGlobalProviders checks that nil options, and no options, mean the global
// providers, also those set after New. OpenTelemetry delegates only to the first
// providers that a process sets. The test therefore has a process of its own, in
// which it can be repeated.
func TestGlobalProviders(t *testing.T) {
	const variable = "OTELHOOK_TEST_GLOBALS"
	if os.Getenv(variable) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGlobalProviders$", "-test.count=1")
		cmd.Env = append(os.Environ(), variable+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	h := otelhook.New(nil, otelhook.WithTracerProvider(nil), otelhook.WithMeterProvider(nil), otelhook.WithSpanNameFormatter(nil), otelhook.WithStatsFrom(nil))
	runDoubling(t, h)
	if err := h.Flush(t.Context()); err != nil {
		t.Errorf("Flush without providers: %v", err)
	}

	th := newTestHook()
	exporter := &metricExporter{}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	otel.SetTracerProvider(th.traces)
	otel.SetMeterProvider(meters)
	runDoubling(t, h)
	if n := len(th.spans()); n != 4 {
		t.Errorf("%d spans reached the global provider, want 4", n)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if !slices.Contains(exporter.names, "chunkscope.chunk.duration") || !slices.Contains(exporter.names, "chunkscope.run.active") {
		t.Errorf("Shutdown flushed the metrics %q", exporter.names)
	}
	if err := meters.Shutdown(t.Context()); err != nil {
		t.Errorf("the provider was shut down before: %v", err)
	}
}

// metricExporter keeps the names of the metrics it exports.
type metricExporter struct {
	names   []string
	release chan struct{} // if not nil, exports wait until it is closed
}

func (*metricExporter) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (*metricExporter) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (e *metricExporter) Export(_ context.Context, data *metricdata.ResourceMetrics) error {
	if e.release != nil {
		<-e.release
	}
	e.names = nil
	for _, s := range data.ScopeMetrics {
		for _, m := range s.Metrics {
			e.names = append(e.names, m.Name)
		}
	}
	return nil
}
func (*metricExporter) ForceFlush(context.Context) error { return nil }
func (*metricExporter) Shutdown(context.Context) error   { return nil }

func TestProviderShutDownFirst(t *testing.T) {
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(&metricExporter{})))
	before := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	if err := errors.Join(traces.Shutdown(t.Context()), meters.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	after := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	for _, h := range []*otelhook.Hook{before, after} {
		runDoubling(t, h)
		if err := h.Shutdown(t.Context()); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
			t.Errorf("Shutdown returned %v, want that the reader is shut down", err)
		}
	}
}
