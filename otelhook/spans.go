package otelhook

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/logonce"
)

// tracing makes the spans of all runs. Nil makes none.
type tracing struct {
	tracer        trace.Tracer
	attrs         []attribute.KeyValue
	formatter     func(operation, executor string) string // nil for the default names
	formatFailure logonce.Reporter
	chunkSpans    ChunkSpans
	maxChunkSpans int
	errorMessages bool
	ended         atomic.Uint64 // spans that the provider has got
}

func newTracing(c *config) *tracing {
	if c.noTracing {
		return nil
	}
	return &tracing{
		tracer:        c.currentTracerProvider().Tracer(ScopeName, trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(schemaURL)),
		attrs:         c.spanAttrs,
		formatter:     c.formatter,
		formatFailure: logonce.Reporter{Logger: c.logger},
		chunkSpans:    c.chunkSpans,
		maxChunkSpans: c.maxChunkSpans,
		errorMessages: c.errorMessages,
	}
}

// spanNames returns the names of a run's span and of its chunks' spans. They are
// the default ones if the user's formatter breaks, which is logged once.
func (t *tracing) spanNames(executor string) (run, chunk string) {
	if t.formatter != nil {
		err := guard.Call(func() error {
			run, chunk = t.formatter("run", executor), t.formatter("chunk", executor)
			return nil
		})
		if err == nil {
			return validText(run), validText(chunk)
		}
		t.formatFailure.Failed("otelhook: the function of WithSpanNameFormatter broke; spans have their default names", slog.String("error", err.Error()))
	}
	return "run " + executor, "chunk " + executor
}

// endSpan ends a span at an instant, and counts it if it is sampled.
func (t *tracing) endSpan(span trace.Span, at time.Time) {
	span.End(trace.WithTimestamp(at))
	if span.SpanContext().IsSampled() {
		t.ended.Add(1)
	}
}

// setError gives a span the status Error and the type of the error. It adds no
// event: OpenTelemetry is about to deprecate RecordError.
func (t *tracing) setError(span trace.Span, err error) {
	description := ""
	if t.errorMessages { // the guard costs a goroutine for each failed span, whose number is limited
		description = validText(guard.ErrorText(err))
	}
	span.SetStatus(codes.Error, description)
	span.SetAttributes(keyErrorType.String(errorType(err)))
}

// isFailure reports whether an outcome means that user code failed.
func isFailure(o core.Outcome) bool { return o == core.OutcomeError || o == core.OutcomePanic }

// errorType returns the type of err, label.Unknown for a failure without error.
func errorType(err error) string {
	if word := label.ErrorType(err); word != "" {
		return word
	}
	return label.Unknown
}

// validText returns s as valid UTF-8, at most 1 KiB of it. One span with an
// invalid or a huge text would cost all spans that are sent with it.
func validText(s string) string {
	const maxBytes = 1 << 10
	return strings.ToValidUTF8(s[:min(len(s), maxBytes)], "")
}
