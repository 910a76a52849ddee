package otelhook

import (
	"fmt"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
)

// Option configures a Hook.
type Option interface{ apply(*config) }

type config struct {
	tracerProvider trace.TracerProvider // nil for the global one
	meterProvider  metric.MeterProvider // nil for the global one
	spanAttrs      []attribute.KeyValue
	metricAttrs    []attribute.KeyValue
	spanName       func(operation, executor string) string
	chunkSpans     ChunkSpans
	maxChunkSpans  int
	errorMessages  bool
	noTracing      bool
	noMetrics      bool
	stats          []core.StatsReporter
}

func newConfig(opts []Option) config {
	c := config{spanName: defaultSpanName, chunkSpans: All, maxChunkSpans: 1000}
	for _, o := range opts {
		if o != nil {
			o.apply(&c)
		}
	}
	return c
}

// spanName is the default of WithSpanNameFormatter.
func defaultSpanName(operation, executor string) string { return operation + " " + executor }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithTracerProvider sets where spans go. The default, also for nil, is the
// global provider, whether it is set before New or after.
func WithTracerProvider(p trace.TracerProvider) Option {
	return optionFunc(func(c *config) {
		if p != nil {
			c.tracerProvider = p
		}
	})
}

// WithMeterProvider sets where metrics go. The default, also for nil, is the
// global provider, whether it is set before New or after.
func WithMeterProvider(p metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		if p != nil {
			c.meterProvider = p
		}
	})
}

// WithSpanAttributes adds attributes to every span. Keys that begin with
// "chunkscope.", and error.type, are ours and left out. The default is none.
func WithSpanAttributes(attrs ...attribute.KeyValue) Option {
	attrs = withoutReserved(attrs)
	return optionFunc(func(c *config) { c.spanAttrs = append(c.spanAttrs, attrs...) })
}

// WithMetricAttributes adds attributes to every measurement. They must be the
// same for the life of the process, a region or a tier: there is deliberately
// no way to derive them from a run, as each distinct value is one more series.
// Keys that begin with "chunkscope.", and error.type, are ours and left out. The
// default is none.
func WithMetricAttributes(attrs ...attribute.KeyValue) Option {
	attrs = withoutReserved(attrs)
	return optionFunc(func(c *config) { c.metricAttrs = append(c.metricAttrs, attrs...) })
}

// WithSpanNameFormatter sets how spans are called. The function gets "run" or
// "chunk" and the executor's name; it is called for both when a run starts,
// from several goroutines at once. Names group spans, so do not put ids into
// them. The default, also for nil, gives "run import" and "chunk import".
func WithSpanNameFormatter(f func(operation, executor string) string) Option {
	return optionFunc(func(c *config) {
		if f != nil {
			c.spanName = f
		}
	})
}

// WithChunkSpans sets which chunks get a span of their own. The default is All.
// It panics for a value that is none of the constants.
func WithChunkSpans(which ChunkSpans) Option {
	if which > Off {
		panic(fmt.Sprintf("otelhook: WithChunkSpans(%d): need All, SlowOrFailed, Linked or Off", which))
	}
	return optionFunc(func(c *config) { c.chunkSpans = which })
}

// WithMaxChunkSpans sets the most chunk spans that a run makes. A tenth of them
// is kept for chunks that are slow or fail after the others are used up; see
// [ChunkSpans] for what is slow. The default is 1,000: trace backends cut,
// refuse or choke on traces of many thousands. It panics if n is negative.
func WithMaxChunkSpans(n int) Option {
	if n < 0 {
		panic(fmt.Sprintf("otelhook: WithMaxChunkSpans(%d): need 0 or more", n))
	}
	return optionFunc(func(c *config) { c.maxChunkSpans = n })
}

// WithErrorMessages puts the text of errors, at most 1 KiB of it, into the
// status of failed spans. By default only error.type tells what happened, since
// the texts of errors have a way of quoting what was in the data.
func WithErrorMessages() Option {
	return optionFunc(func(c *config) { c.errorMessages = true })
}

// WithoutTracing makes no spans. By default there are spans.
func WithoutTracing() Option {
	return optionFunc(func(c *config) { c.noTracing = true })
}

// WithoutMetrics makes no metrics. By default there are metrics.
func WithoutMetrics() Option {
	return optionFunc(func(c *config) { c.noMetrics = true })
}

// WithStatsFrom adds metrics of the health of other hooks, those that send to
// something that may be slow or gone. Nil ones are left out. The default is none.
func WithStatsFrom(hooks ...core.StatsReporter) Option {
	hooks = slices.DeleteFunc(slices.Clone(hooks), func(h core.StatsReporter) bool { return h == nil })
	return optionFunc(func(c *config) { c.stats = append(c.stats, hooks...) })
}

// theirs clones attrs without those that are ours to set.
func withoutReserved(attrs []attribute.KeyValue) []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(attrs), func(kv attribute.KeyValue) bool { return isReserved(string(kv.Key)) })
}

// reserved tells whether only this package may set an attribute.
func isReserved(key string) bool {
	return strings.HasPrefix(key, "chunkscope.") || key == string(keyErrorType)
}
