package otelhook_test

import (
	"context"
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

// probe is a hook with the SDK behind it, and what came out of it.
type probe struct {
	*otelhook.Hook
	exporter *tracetest.InMemoryExporter
	traces   *sdktrace.TracerProvider
	reader   *sdkmetric.ManualReader
	meters   *sdkmetric.MeterProvider
}

func newProbe(opts ...otelhook.Option) *probe {
	p := &probe{exporter: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	p.traces = sdktrace.NewTracerProvider(sdktrace.WithSyncer(p.exporter))
	p.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(p.reader))
	p.Hook = otelhook.New(append([]otelhook.Option{otelhook.WithTracerProvider(p.traces), otelhook.WithMeterProvider(p.meters)}, opts...)...)
	return p
}

// executor is an executor called "import" that the hook watches.
func (p *probe) executor(opts ...core.Option) *core.Executor {
	e := core.NewExecutor(append([]core.Option{core.WithName("import")}, opts...)...)
	e.Register(p.Hook)
	return e
}

// span is a finished span with its attributes by name.
type span struct {
	tracetest.SpanStub
	attrs map[string]attribute.Value
}

// spans returns what was exported so far, in the order of their ends.
func (p *probe) spans() []span {
	var all []span
	for _, s := range p.exporter.GetSpans() {
		attrs := map[string]attribute.Value{}
		for _, kv := range s.Attributes {
			attrs[string(kv.Key)] = kv.Value
		}
		all = append(all, span{s, attrs})
	}
	return all
}

// named returns the exported spans of a name.
func (p *probe) named(name string) []span {
	var all []span
	for _, s := range p.spans() {
		if s.Name == name {
			all = append(all, s)
		}
	}
	return all
}

// one returns the only exported span of a name.
func (p *probe) one(t *testing.T, name string) span {
	t.Helper()
	all := p.named(name)
	if len(all) != 1 {
		t.Fatalf("%d spans are called %q, want 1", len(all), name)
	}
	return all[0]
}

func (s span) childOf(parent trace.SpanContext) bool {
	return s.Parent.SpanID() == parent.SpanID() && s.SpanContext.TraceID() == parent.TraceID()
}

// wantAttrs demands attributes as text; an empty one must be absent.
func (s span) wantAttrs(t *testing.T, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got, ok := s.attrs[k]; ok != (v != "") || ok && got.String() != v {
			t.Errorf("%s has %s = %q (there: %v), want %q", s.Name, k, got.String(), ok, v)
		}
	}
}

// collect reads all metrics, by name.
func (p *probe) collect(t *testing.T) map[string]metricdata.Metrics {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := p.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	all := map[string]metricdata.Metrics{}
	for _, scope := range data.ScopeMetrics {
		for _, m := range scope.Metrics {
			all[m.Name] = m
		}
	}
	return all
}

// values returns the points of a metric by their attributes as text: sums and
// gauges as they are, histograms as their counts.
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
