package exporters

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/otelhook"
)

// Reasons for which spans are dropped before an export.
const (
	reasonQueueFull = "queue_full"
	reasonShutdown  = "shutdown" // the time of Shutdown was up
	reasonClosed    = "closed"   // the span ended after Shutdown had begun
)

// lateExportTimeout is how much longer than its context the shutdown of traces
// may take, for an exporter that ends an export under way.
const lateExportTimeout = 50 * time.Millisecond

// spanPipeline is the span processor of a suite. It has two of the SDK's batching
// processors over one exporter, so that ordinary spans cannot use up the room for
// those that matter most: of runs, and of failed and slow chunks. It reports to
// otelhook what becomes of each span.
type spanPipeline struct {
	hook     *otelhook.Hook // set before the first span
	exporter *spanExporter
	kept     *spanQueue // for what matters most
	rest     *spanQueue // for the rest, and for what matters most when kept is full
	closed   atomic.Bool
}

// newSpanPipeline returns a pipeline to an exporter, with the settings of
// OpenTelemetry's variables for batches.
func newSpanPipeline(exporter *spanExporter) *spanPipeline {
	size := batchSetting("OTEL_BSP_MAX_QUEUE_SIZE", sdktrace.DefaultMaxQueueSize, 1<<20)
	p := &spanPipeline{exporter: exporter}
	p.kept = newSpanQueue(max(1, size/2), p.export)
	p.rest = newSpanQueue(size, p.export)
	return p
}

func (*spanPipeline) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd queues a span, or drops it. It is called by workers and never waits.
func (p *spanPipeline) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return // nobody asked for it
	}
	p.hook.SpansEnded(1)
	if !p.closed.Load() && p.put(s, importanceOf(s)) {
		return
	}
	reason := reasonQueueFull
	if p.closed.Load() { // maybe since just now
		reason = reasonClosed
	}
	p.hook.SpansDropped(1, reason)
}

// put queues a span, and reports whether there was room. A quarter of the first
// queue is for the spans of runs, which end last.
func (p *spanPipeline) put(s sdktrace.ReadOnlySpan, i importance) bool {
	switch i {
	case ofRun:
		return p.kept.put(s, 0) || p.rest.put(s, 0)
	case ofFailedOrSlowChunk:
		return p.kept.put(s, p.kept.limit/4) || p.rest.put(s, 0)
	default:
		return p.rest.put(s, 0)
	}
}

// export exports a batch of a queue, and reports what became of it. A batch that
// Shutdown has given up is counted already.
func (p *spanPipeline) export(q *spanQueue, spans []sdktrace.ReadOnlySpan) {
	err := p.exporter.export(spans)
	var partial *partialSuccess
	switch {
	case !q.settle(len(spans)):
	case p.exporter.isStopped() && err != nil && !errors.As(err, &partial):
		p.hook.SpansDropped(len(spans), reasonShutdown)
	default:
		p.hook.SpansExported(len(spans), err)
	}
}

// ForceFlush exports what is queued, what matters most first. Spans are not lost
// if ctx ends: their exports go on.
func (p *spanPipeline) ForceFlush(ctx context.Context) error {
	if p.closed.Load() {
		return nil
	}
	return errors.Join(p.kept.ForceFlush(ctx), p.rest.ForceFlush(ctx))
}

// Shutdown exports what is queued until ctx ends, and drops the rest. Nothing is
// pending after it. It returns the error of the exporter's own Shutdown.
func (p *spanPipeline) Shutdown(ctx context.Context) error {
	if p.closed.Swap(true) {
		return nil
	}
	if ctx.Err() != nil {
		p.exporter.stop() // before anything is sent
	}
	drained := p.drain()
	late, cancel := ctx, context.CancelFunc(func() {})
	select {
	case <-drained:
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		p.exporter.stop()
		late, cancel = context.WithTimeout(context.WithoutCancel(ctx), lateExportTimeout)
	}
	defer cancel()
	err := p.exporter.shutdown(late)
	select {
	case <-drained:
	case <-late.Done():
	}
	p.exporter.stop()
	p.hook.SpansDropped(p.kept.close()+p.rest.close(), reasonShutdown)
	return err
}

// drain exports what is queued, until the exporter is stopped.
func (p *spanPipeline) drain() (drained <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.kept.drain()
		p.rest.drain()
	}()
	return done
}

// importance is how late a span is dropped.
type importance int

const (
	ofRest importance = iota
	ofFailedOrSlowChunk
	ofRun
)

// importanceOf returns the importance of a span by its attributes, which
// docs/opentelemetry.md lists. Spans of user code belong to the rest.
func importanceOf(s sdktrace.ReadOnlySpan) importance {
	if s.InstrumentationScope().Name != otelhook.ScopeName {
		return ofRest
	}
	i := ofRun
	for _, kv := range s.Attributes() {
		switch {
		case kv.Key == "chunkscope.chunk.slow":
			return ofFailedOrSlowChunk
		case kv.Key == "chunkscope.chunk.index" && s.Status().Code == codes.Error:
			return ofFailedOrSlowChunk
		case kv.Key == "chunkscope.chunk.index":
			i = ofRest // unless it is slow
		}
	}
	return i
}
