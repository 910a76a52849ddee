package otelhook

import (
	"log/slog"
	"slices"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/health"
	"github.com/chunkscope/chunkscope/internal/optcheck"
	"github.com/chunkscope/chunkscope/internal/redact"
)

// Option configures a Hook. New panics for an invalid one.
type Option interface{ apply(*config) }

type config struct {
	tracerProvider trace.TracerProvider // nil for the global one
	meterProvider  metric.MeterProvider // nil for the global one
	spanAttrs      []attribute.KeyValue
	metricAttrs    []attribute.KeyValue
	formatter      func(operation, executor string) string // nil for the default names
	chunkSpans     ChunkSpans
	maxChunkSpans  int
	errorMessages  bool
	noTracing      bool
	noMetrics      bool
	sources        *health.Sources // of WithStatsFrom
	logger         *slog.Logger    // nil for slog.Default at the time of logging
	redactor       *redact.Redactor

	mistakes optcheck.Mistakes
}

// newConfig returns an error with every mistake in the options.
func newConfig(opts []Option) (*config, error) {
	c := &config{
		chunkSpans:    All,
		maxChunkSpans: 1000,
		sources:       &health.Sources{},
		redactor:      redact.New(),
		mistakes:      optcheck.Mistakes{Package: "otelhook"},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c, c.mistakes.Err()
}

// currentTracerProvider looks the global provider up in each call: a program may
// set the one that can be flushed after New.
func (c *config) currentTracerProvider() trace.TracerProvider {
	if c.tracerProvider != nil {
		return c.tracerProvider
	}
	return otel.GetTracerProvider()
}

// currentMeterProvider is as currentTracerProvider.
func (c *config) currentMeterProvider() metric.MeterProvider {
	if c.meterProvider != nil {
		return c.meterProvider
	}
	return otel.GetMeterProvider()
}

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// WithTracerProvider sets where spans go. The default, also for nil, is the
// global provider, whether a program sets it before New or after. A typed nil is
// invalid.
func WithTracerProvider(p trace.TracerProvider) Option {
	return optionFunc(func(c *config) {
		c.mistakes.NotTypedNil("WithTracerProvider", p)
		if p != nil {
			c.tracerProvider = p
		}
	})
}

// WithMeterProvider sets where metrics go. The default, also for nil, is the
// global provider, whether a program sets it before New or after. A typed nil is
// invalid.
func WithMeterProvider(p metric.MeterProvider) Option {
	return optionFunc(func(c *config) {
		c.mistakes.NotTypedNil("WithMeterProvider", p)
		if p != nil {
			c.meterProvider = p
		}
	})
}

// WithSpanAttributes adds attributes to every span. It leaves out error.type and
// keys that begin with "chunkscope.", which only the hook sets. The default is
// none.
func WithSpanAttributes(attrs ...attribute.KeyValue) Option {
	attrs = withoutReserved(attrs)
	return optionFunc(func(c *config) { c.spanAttrs = append(c.spanAttrs, attrs...) })
}

// WithMetricAttributes adds attributes to every measurement: a region or a tier.
// They are the same for the life of the process. There is no way to derive them
// from a run, because each distinct value makes one more series. It leaves out
// error.type and keys that begin with "chunkscope.", which only the hook sets.
// The default is none.
func WithMetricAttributes(attrs ...attribute.KeyValue) Option {
	attrs = withoutReserved(attrs)
	return optionFunc(func(c *config) { c.metricAttrs = append(c.metricAttrs, attrs...) })
}

// WithSpanNameFormatter sets the names of spans. The function gets "run" or
// "chunk" and the executor's name. It is called for both when a run starts, from
// several goroutines at once. Backends group spans by name, so a name should
// contain no id. The default, also for nil, gives "run import" and "chunk import".
// Spans have these names too if the function panics or calls runtime.Goexit, which
// the hook logs once.
func WithSpanNameFormatter(f func(operation, executor string) string) Option {
	return optionFunc(func(c *config) {
		if f != nil {
			c.formatter = f
		}
	})
}

// WithChunkSpans sets which chunks get a span of their own. The default is All.
// A value that is no constant of ChunkSpans is invalid.
func WithChunkSpans(which ChunkSpans) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(which <= Off, "WithChunkSpans", which, "the value is no constant of ChunkSpans; give All, SlowOrFailed, Linked or Off")
		c.chunkSpans = which
	})
}

// WithMaxChunkSpans sets how many chunk spans a run makes at most. A twentieth of
// them is kept for the slowest chunks and a twentieth for chunks that fail, when
// the first chunks have used up the others; neither takes the place of the other.
// With SlowOrFailed a tenth is for the slowest chunks, and the others are for the
// first that fail. At most 100 are kept for the slowest chunks. [ChunkSpans] says
// what is slow. The default is 1,000, because trace backends
// cut or refuse traces of many thousands. A negative limit is invalid.
func WithMaxChunkSpans(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 0, "WithMaxChunkSpans", n, "the limit is negative; give 0 or more")
		c.maxChunkSpans = n
	})
}

// WithErrorMessages puts the text of errors, at most 1 KiB of it, into the
// status of failed spans. The default is error.type alone, because the texts of
// errors may quote data.
func WithErrorMessages() Option {
	return optionFunc(func(c *config) { c.errorMessages = true })
}

// WithoutTracing makes no spans. The default is to make them.
func WithoutTracing() Option {
	return optionFunc(func(c *config) { c.noTracing = true })
}

// WithoutMetrics makes no metrics. The default is to make them.
func WithoutMetrics() Option {
	return optionFunc(func(c *config) { c.noMetrics = true })
}

// WithStatsFrom adds metrics of the health of other hooks, those that send to a
// backend that may be slow or down, to those of the hook's own spans. It leaves
// out nil hooks, typed nils too, and reads a hook given twice once. At most 32
// names and 32 reasons of each have series of their own, the others are "_other".
// The default is none.
func WithStatsFrom(hooks ...core.StatsReporter) Option {
	hooks = slices.Clone(hooks)
	return optionFunc(func(c *config) { c.sources.Add(hooks...) })
}

// WithLogger sets where the hook logs what it cannot report to a backend: spans
// that were lost, and a span name formatter that broke. The default, also for
// nil, is [slog.Default] at the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

// WithSecrets keeps secrets out of what the hook logs: the values of headers,
// tokens, passwords. A collector may repeat them in an answer, as they are or
// encoded. A URL stands for its user, password, path and query. Secrets of fewer
// than four bytes are not looked for. The default is none.
func WithSecrets(secrets ...string) Option {
	redactor := redact.New(secretsOf(secrets)...)
	return optionFunc(func(c *config) { c.redactor = redactor })
}

// withoutReserved returns a copy of attrs without those that only the hook sets.
func withoutReserved(attrs []attribute.KeyValue) []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(attrs), func(kv attribute.KeyValue) bool { return isReserved(string(kv.Key)) })
}

// isReserved reports whether only the hook may set an attribute.
func isReserved(key string) bool {
	return strings.HasPrefix(key, "chunkscope.") || key == string(keyErrorType)
}
