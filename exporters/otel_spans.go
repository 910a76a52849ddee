package exporters

import (
	"context"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/otelhook"
)

// spanExporter reports to otelhook what another exporter exports and loses. The
// SDK prints every failed export on standard error instead.
type spanExporter struct {
	sdktrace.SpanExporter
	failure func(error) error // words an error
	hook    *otelhook.Hook    // set before the first span
}

// ExportSpans exports spans. Its error is always nil.
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := call(ctx, func(ctx context.Context) error { return e.SpanExporter.ExportSpans(ctx, spans) })
	e.hook.SpansExported(len(spans), e.failure(err))
	return nil
}
