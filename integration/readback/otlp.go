package readback

import (
	"strings"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// point is a point of any metric: a number, or a sum and a count if it is a
// histogram.
type point struct {
	attrs             pcommon.Map
	value, sum, count float64
}

// OTLPMetrics reads the facts in metrics: the sum of delta points, and the last
// cumulative point.
func OTLPMetrics(received []pmetric.Metrics) Facts {
	f, last := Facts{}, map[string]pmetric.Metric{}
	for _, metrics := range received {
		for _, resource := range metrics.ResourceMetrics().All() {
			for _, scope := range resource.ScopeMetrics().All() {
				for _, m := range scope.Metrics().All() {
					if changes(m) {
						f.addMetric(m)
					} else {
						last[m.Name()] = m
					}
				}
			}
		}
	}
	for _, m := range last {
		f.addMetric(m)
	}
	return f
}

// changes reports whether a metric contains differences (delta temporality).
func changes(m pmetric.Metric) bool {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		return m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta
	case pmetric.MetricTypeHistogram:
		return m.Histogram().AggregationTemporality() == pmetric.AggregationTemporalityDelta
	}
	return false
}

func (f Facts) addMetric(m pmetric.Metric) {
	for _, p := range points(m) {
		f.addPoint(strings.TrimPrefix(m.Name(), "chunkscope."), p)
	}
}

func points(m pmetric.Metric) (all []point) {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			all = append(all, point{attrs: p.Attributes(), value: p.DoubleValue() + float64(p.IntValue())})
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			all = append(all, point{attrs: p.Attributes(), sum: p.Sum(), count: float64(p.Count())})
		}
	}
	return all
}

func (f Facts) addPoint(name string, p point) {
	outcome, kind := text(p.attrs, "chunkscope.outcome"), text(p.attrs, "error.type")
	failed := outcome == "error" || outcome == "panic"
	switch {
	case strings.HasPrefix(name, "hook."): // the health of hooks belongs to no executor
	case text(p.attrs, "chunkscope.executor") != Executor:
		f.add("of another executor", p.value+p.count)
	case name == "run.duration":
		f.add("runs/"+outcome, p.count)
		f.add("total.runs", p.count)
		f.add("seconds.runs", p.sum)
	case name == "chunk.duration":
		f.add("chunks/"+outcome, p.count)
		f.add("total.chunks", p.count)
		f.add("seconds.chunks", p.sum)
		if failed {
			f.add("total.chunks_failed", p.count)
		}
	case name == "chunk.size":
		f.add("sizes", p.sum)
	case name == "items":
		f.add("items/"+outcome, p.value)
		f.add("total.items", p.value)
		if failed {
			f.add("total.items_failed", p.value)
			f.add("failed/"+kind, p.value)
		}
	case name == "read":
		f.add("counter/read", p.value)
	case name == "run.active":
		f.add("active.runs", p.value)
	case name == "items.expected":
		f.add("active.items", p.value)
	}
}

// OTLPTraces reads the facts in spans.
func OTLPTraces(received []ptrace.Traces) Facts {
	f := Facts{}
	for _, traces := range received {
		for _, resource := range traces.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, s := range scope.Spans().All() {
					f.addSpan(s)
				}
			}
		}
	}
	return f
}

func (f Facts) addSpan(s ptrace.Span) {
	attrs := s.Attributes()
	outcome, seconds := text(attrs, "chunkscope.outcome"), float64(s.EndTimestamp()-s.StartTimestamp())/1e9
	switch s.Name() {
	case "run " + Executor:
		f.addReport(run{
			id: text(attrs, "chunkscope.run.id"), outcome: outcome, seconds: seconds,
			items: number(attrs, "chunkscope.run.items_done"), failed: number(attrs, "chunkscope.run.items_failed"),
			chunks: number(attrs, "chunkscope.run.chunks"), chunksFailed: number(attrs, "chunkscope.run.chunks_failed"),
		})
	case "chunk " + Executor:
		f.add("chunks/"+outcome, 1)
		f.add("sizes", float64(number(attrs, "chunkscope.chunk.items")))
	default:
		f.add("a span called "+s.Name(), 1)
	}
}

// text returns an attribute as text, empty if it is missing.
func text(attrs pcommon.Map, key string) string {
	v, ok := attrs.Get(key)
	if !ok {
		return ""
	}
	return v.AsString()
}

// number returns an attribute as a number, 0 if it is missing.
func number(attrs pcommon.Map, key string) int {
	v, ok := attrs.Get(key)
	if !ok {
		return 0
	}
	return int(v.Int())
}
