package exporters

import (
	"context"
	"errors"
	"regexp"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/otelhook"
)

// spanExporter reports to otelhook what another exporter exports and loses. The
// SDK prints every failed export on standard error instead.
type spanExporter struct {
	sdktrace.SpanExporter
	hook *otelhook.Hook // set before the first span
}

// ExportSpans exports spans. Its error is always nil.
func (e *spanExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := call(ctx, func(ctx context.Context) error { return withoutPaths(e.SpanExporter.ExportSpans(ctx, spans)) })
	e.hook.SpansExported(len(spans), err)
	return nil
}

// anyURL matches a URL: its scheme, its host, and what may be secret.
var anyURL = regexp.MustCompile(`(https?://)(?:[^/@\s"]*@)?([^/?#\s"]*)[^\s"]*`)

// withoutPaths reduces the URLs in an error to their schemes and hosts.
func withoutPaths(err error) error {
	if err == nil {
		return nil
	}
	if text := anyURL.ReplaceAllString(err.Error(), "$1$2"); text != err.Error() {
		return errors.New(text)
	}
	return err
}
