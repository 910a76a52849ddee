package exporters

import (
	"context"
	"fmt"
	"sync"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// countedSpans is an exporter that keeps count of what another one loses. It
// tells the suite's logger of failures, at most once a minute, in place of the
// SDK, which prints each of them on standard error.
type countedSpans struct {
	sdktrace.SpanExporter
	trouble *trouble

	mu        sync.Mutex
	all, lost int
}

// ExportSpans is as the other exporter's, except that it never fails.
func (c *countedSpans) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := withoutPaths(attempt(func() error { return c.SpanExporter.ExportSpans(ctx, spans) }))
	c.mu.Lock()
	c.all += len(spans)
	if err != nil {
		c.lost += len(spans)
	}
	c.mu.Unlock()
	c.trouble.tell(err)
	return nil
}

// err tells how many spans were lost, if any.
func (c *countedSpans) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lost == 0 {
		return nil
	}
	return fmt.Errorf("otelhook: %d of %d spans lost", c.lost, c.all)
}
