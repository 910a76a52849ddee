package otelhook_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// testHook is a hook with the SDK behind it, which keeps what the hook exports.
type testHook struct {
	*otelhook.Hook
	exporter *tracetest.InMemoryExporter
	traces   *sdktrace.TracerProvider
	reader   *sdkmetric.ManualReader
	meters   *sdkmetric.MeterProvider
}

func newTestHook(opts ...otelhook.Option) *testHook {
	th := &testHook{exporter: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	th.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(th.exporter))
	th.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(th.reader))
	th.Hook = otelhook.New(append([]otelhook.Option{otelhook.WithTracerProvider(th.traces), otelhook.WithMeterProvider(th.meters)}, opts...)...)
	return th
}

// executor returns an executor named "import" with the hook registered.
func (th *testHook) executor(opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{core.WithName("import")}, opts...)...)
	e.Register(th.Hook)
	return e
}

// span is a finished span with its attributes by name.
type span struct {
	tracetest.SpanStub
	attrs map[string]attribute.Value
}

// spans returns the exported spans, in the order of their ends.
func (th *testHook) spans() []span {
	var all []span
	for _, s := range th.exporter.GetSpans() {
		attrs := map[string]attribute.Value{}
		for _, kv := range s.Attributes {
			attrs[string(kv.Key)] = kv.Value
		}
		all = append(all, span{s, attrs})
	}
	return all
}

// named returns the exported spans with a name.
func (th *testHook) named(name string) []span {
	var all []span
	for _, s := range th.spans() {
		if s.Name == name {
			all = append(all, s)
		}
	}
	return all
}

// one returns the only exported span with a name.
func (th *testHook) one(t *testing.T, name string) span {
	t.Helper()
	all := th.named(name)
	if len(all) != 1 {
		t.Fatalf("%d spans are called %q, want 1", len(all), name)
	}
	return all[0]
}

func (s span) childOf(parent trace.SpanContext) bool {
	return s.Parent.SpanID() == parent.SpanID() && s.SpanContext.TraceID() == parent.TraceID()
}

// wantAttrs compares attributes as text. An empty text means that the attribute
// is absent.
func (s span) wantAttrs(t *testing.T, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got, ok := s.attrs[k]; ok != (v != "") || ok && got.String() != v {
			t.Errorf("%s has %s = %q (there: %v), want %q", s.Name, k, got.String(), ok, v)
		}
	}
}

// collect returns all metrics by name.
func (th *testHook) collect(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := th.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	all := map[string]metricdata.Metrics{}
	for _, scope := range data.ScopeMetrics {
		if s := scope.Scope; s.Name != otelhook.ScopeName || s.Version != otelhook.Version() || !strings.HasSuffix(s.SchemaURL, "/1.43.0") {
			t.Errorf("scope %+v", s)
		}
		for _, m := range scope.Metrics {
			all[m.Name] = m
		}
	}
	return all
}

// values returns the points of a metric by their attributes as text. A
// histogram's value is its count.
func values(m metricdata.Metrics) map[string]float64 {
	all := map[string]float64{}
	add := func(attrs attribute.Set, v float64) { all[attrs.Encoded(attribute.DefaultEncoder())] = v }
	switch d := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range d.DataPoints {
			add(p.Attributes, float64(p.Value))
		}
	case metricdata.Sum[float64]:
		for _, p := range d.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Gauge[float64]:
		for _, p := range d.DataPoints {
			add(p.Attributes, p.Value)
		}
	case metricdata.Histogram[int64]:
		for _, p := range d.DataPoints {
			add(p.Attributes, float64(p.Count))
		}
	case metricdata.Histogram[float64]:
		for _, p := range d.DataPoints {
			add(p.Attributes, float64(p.Count))
		}
	}
	return all
}

// runDoubling runs a small job, and checks its results and that the hook has no
// fault.
func runDoubling(t *testing.T, h core.Hook) {
	t.Helper()
	e := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(h, core.OnFault(func(f core.Fault) { t.Errorf("fault of %s at %v: %v", f.Hook, f.Moment, f.Value) }))
	got, err := core.Map(t.Context(), e, []int{1, 2, 3}, func(_ context.Context, i int) (int, error) { return 2 * i, nil })
	if err != nil || !slices.Equal(got, []int{2, 4, 6}) {
		t.Errorf("results %v, %v", got, err)
	}
}
