package otelhook

import (
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// tracing makes the spans of all runs. Nil makes none.
type tracing struct {
	tracer        trace.Tracer
	attrs         []attribute.KeyValue
	spanName      func(operation, executor string) string
	chunkSpans    ChunkSpans
	most          int
	errorMessages bool
}

func newTracing(c config) *tracing {
	if c.noTracing {
		return nil
	}
	return &tracing{
		tracer:        c.traces().Tracer(ScopeName, trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(schemaURL)),
		attrs:         c.spanAttrs,
		spanName:      c.spanName,
		chunkSpans:    c.chunkSpans,
		most:          c.maxChunkSpans,
		errorMessages: c.errorMessages,
	}
}

// fail tells on a span what went wrong. There is no event, nor RecordError,
// which OpenTelemetry is about to give up.
func (t *tracing) fail(span trace.Span, err error) {
	description := ""
	if t.errorMessages {
		description = message(err)
	}
	span.SetStatus(codes.Error, description)
	span.SetAttributes(keyErrorType.String(errorType(err)))
}

// failure tells whether an outcome means that user code failed.
func failure(o core.Outcome) bool { return o == core.OutcomeError || o == core.OutcomePanic }

// errorType is the word for err, also where an event that failed has none.
func errorType(err error) string {
	if word := label.ErrorType(err); word != "" {
		return word
	}
	return label.Unknown
}

// message is the text of an error, whose method is foreign code.
func message(err error) (s string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	return text(err.Error())
}

// text makes a text safe for the wire: one that is no valid UTF-8 would cost
// all spans that are sent with it, one of a megabyte likewise.
func text(s string) string {
	const most = 1 << 10
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
