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
	maxChunkSpans int
	errorMessages bool
}

func newTracing(c *config) *tracing {
	if c.noTracing {
		return nil
	}
	return &tracing{
		tracer:        c.currentTracerProvider().Tracer(ScopeName, trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(schemaURL)),
		attrs:         c.spanAttrs,
		spanName:      c.spanName,
		chunkSpans:    c.chunkSpans,
		maxChunkSpans: c.maxChunkSpans,
		errorMessages: c.errorMessages,
	}
}

// setError gives a span the status Error and the type of the error. It adds no
// event: OpenTelemetry is about to deprecate RecordError.
func (t *tracing) setError(span trace.Span, err error) {
	description := ""
	if t.errorMessages {
		description = errorMessage(err)
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

// errorMessage returns the text of an error. Its method is user code.
func errorMessage(err error) (s string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	return validText(err.Error())
}

// validText returns s as valid UTF-8, at most 1 KiB of it. One span with an
// invalid or a huge text would cost all spans that are sent with it.
func validText(s string) string {
	const maxBytes = 1 << 10
	return strings.ToValidUTF8(s[:min(len(s), maxBytes)], "")
}
