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

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// doubled runs a small job and demands its results, and that the hook does
// not misbehave, which core would survive.
func doubled(t *testing.T, h core.Hook) {
	t.Helper()
	e := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(h, core.OnFault(func(f core.Fault) { t.Errorf("fault of %s at %v: %v", f.Hook, f.Moment, f.Value) }))
	got, err := core.Map(t.Context(), e, []int{1, 2, 3}, func(_ context.Context, i int) (int, error) { return 2 * i, nil })
	if err != nil || !slices.Equal(got, []int{2, 4, 6}) {
		t.Errorf("results %v, %v", got, err)
	}
}

// TestGlobalProviders demands that nil options, and none, mean the global
// providers, also those that are set after New. What a hook had of the globals
// before turns to the first providers that a process sets, and to no others: so
// that the test can be repeated, it has a process of its own.
func TestGlobalProviders(t *testing.T) {
	const own = "OTELHOOK_TEST_GLOBALS"
	if os.Getenv(own) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGlobalProviders$", "-test.count=1")
		cmd.Env = append(os.Environ(), own+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	h := otelhook.New(nil, otelhook.WithTracerProvider(nil), otelhook.WithMeterProvider(nil), otelhook.WithSpanNameFormatter(nil), otelhook.WithStatsFrom(nil))
	doubled(t, h)
	if err := h.Flush(t.Context()); err != nil {
		t.Errorf("Flush without providers: %v", err)
	}

	p := newProbe()
	exporter := &exported{}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	otel.SetTracerProvider(p.traces)
	otel.SetMeterProvider(meters)
	doubled(t, h)
	if n := len(p.spans()); n != 4 {
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

// exported is an exporter of metrics that keeps their names.
type exported struct {
	names []string
	stuck chan struct{} // if not nil, exports wait for it
}

func (*exported) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (*exported) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (e *exported) Export(_ context.Context, data *metricdata.ResourceMetrics) error {
	if e.stuck != nil {
		<-e.stuck
	}
	e.names = nil
	for _, s := range data.ScopeMetrics {
		for _, m := range s.Metrics {
			e.names = append(e.names, m.Name)
		}
	}
	return nil
}
func (*exported) ForceFlush(context.Context) error { return nil }
func (*exported) Shutdown(context.Context) error   { return nil }

func TestProviderShutDownFirst(t *testing.T) {
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(&exported{})))
	before := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	if err := errors.Join(traces.Shutdown(t.Context()), meters.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	after := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	for _, h := range []*otelhook.Hook{before, after} {
		doubled(t, h)
		if err := h.Shutdown(t.Context()); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
			t.Errorf("Shutdown tells %v, want that the reader is shut down", err)
		}
	}
}
