package otelhook

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
)

// startChunk starts the span of a chunk, if the mode wants it before the chunk
// is over. The span is nil if it does not.
func (r *runSpans) startChunk(ctx context.Context, e *core.ChunkStart) (context.Context, trace.Span) {
	if r == nil || r.chunkSpans != All && r.chunkSpans != Linked || !r.take(unreserved(r.most)) {
		return ctx, nil
	}
	return r.newChunk(ctx, e)
}

// newChunk starts a span within the limit. It belongs to this run's span,
// whatever span of another hook is the current one.
func (r *runSpans) newChunk(ctx context.Context, e *core.ChunkStart) (context.Context, trace.Span) {
	if trace.SpanFromContext(ctx) != r.span {
		ctx = trace.ContextWithSpan(ctx, r.span)
	}
	opts := []trace.SpanStartOption{
		trace.WithTimestamp(e.Started),
		trace.WithAttributes(keyChunkIndex.Int(e.Chunk), keyWorkerIndex.Int(e.Worker)),
	}
	if r.chunkSpans == Linked {
		opts = append(opts, trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: r.span.SpanContext()}))
	}
	ctx, span := r.tracer.Start(ctx, r.name, opts...)
	if !span.IsRecording() {
		r.giveBack() // left out by the sampler, not by the limit
	}
	return ctx, span
}

// endChunk ends the span of a chunk: the one that was started with it, or one
// made now if that is worth it. The context is that of the chunk's span.
func (r *runSpans) endChunk(ctx context.Context, span trace.Span, e *core.ChunkEnd) context.Context {
	if r == nil || r.chunkSpans == Off {
		return ctx
	}
	slow := r.slow(e)
	if span == nil {
		switch worth := slow || failure(e.Outcome); {
		case !worth && r.chunkSpans == SlowOrFailed:
			return ctx
		case !worth, !r.take(r.most):
			r.dropped.Add(1)
			return ctx
		}
		ctx, span = r.newChunk(ctx, &e.ChunkStart)
	}
	if !span.IsRecording() {
		return ctx
	}
	span.SetAttributes(r.chunkResult(e)...)
	if failure(e.Outcome) {
		r.failed.Store(true)
		r.fail(span, e.Err)
	}
	span.End(trace.WithTimestamp(e.Ended))
	return ctx
}

// chunkResult tells what the chunk was and how it ended, and leaves out what
// goes without saying: a span's time and memory are mostly those of its
// attributes. At its start it gets only what a sampler could not see from its
// name and its parent: what is known then is copied twice more.
func (r *runSpans) chunkResult(e *core.ChunkEnd) []attribute.KeyValue {
	attrs := append(append(make([]attribute.KeyValue, 0, len(r.attrs)+3), r.attrs...), keyOutcome.String(e.Outcome.String()), keyChunkOffset.Int(e.Offset), keyChunkItems.Int(e.Items))
	if e.ItemsDone != e.Items {
		attrs = append(attrs, keyChunkItemsDone.Int(e.ItemsDone))
	}
	if e.ItemsFailed > 0 {
		attrs = append(attrs, keyChunkItemsFailed.Int(e.ItemsFailed))
	}
	if e.Attempts > 1 {
		attrs = append(attrs, keyChunkAttempts.Int(e.Attempts))
	}
	if e.RemoteWorker != "" {
		attrs = append(attrs, keyWorkerRemote.String(text(e.RemoteWorker)))
	}
	return attrs
}
