package otelhook

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
)

// startChunk starts the span of a chunk. The span is nil if the chunk gets none,
// or gets one only at its end.
func (r *runSpans) startChunk(ctx context.Context, e *core.ChunkStart) (context.Context, trace.Span) {
	if r == nil || r.chunkSpans != All && r.chunkSpans != Linked || !r.budget.reserve(ordinaryLimit(r.maxChunkSpans)) {
		return ctx, nil
	}
	return r.newChunk(ctx, e)
}

// newChunk starts a span for which the budget has room. Its parent is this run's
// span, also if the current span is another hook's.
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
	ctx, span := r.tracer.Start(ctx, r.chunkName, opts...)
	if !span.IsRecording() {
		r.budget.release() // the sampler left it out, not the limit
	}
	return ctx, span
}

// endChunk ends the span of a chunk: the one of its start, or a new one for a
// chunk that was slow or failed. It returns the context of the chunk's span.
func (r *runSpans) endChunk(ctx context.Context, span trace.Span, e *core.ChunkEnd) context.Context {
	if r == nil || r.chunkSpans == Off {
		return ctx
	}
	slow := r.pace.add(e)
	if span == nil {
		switch noteworthy := slow || isFailure(e.Outcome); {
		case !noteworthy && r.chunkSpans == SlowOrFailed:
			return ctx
		case !noteworthy, !r.budget.reserve(r.maxChunkSpans):
			r.budget.dropped.Add(1)
			return ctx
		}
		ctx, span = r.newChunk(ctx, &e.ChunkStart)
	}
	if !span.IsRecording() {
		return ctx
	}
	span.SetAttributes(r.chunkResult(e)...)
	if isFailure(e.Outcome) {
		r.chunkHasError.Store(true)
		r.setError(span, e.Err)
	}
	span.End(trace.WithTimestamp(e.Ended))
	return ctx
}

// chunkResult returns the attributes that a chunk's span gets at its end. Those
// with an expected value are left out: attributes are most of what a span costs.
// A span's first attributes are copied twice more, so that at the start it gets
// only those a sampler may ask for.
func (r *runSpans) chunkResult(e *core.ChunkEnd) []attribute.KeyValue {
	attrs := append(append(make([]attribute.KeyValue, 0, len(r.chunkAttrs)+3), r.chunkAttrs...), keyOutcome.String(e.Outcome.String()), keyChunkOffset.Int(e.Offset), keyChunkItems.Int(e.Items-e.Returned))
	if e.ItemsDone != e.Items-e.Returned {
		attrs = append(attrs, keyChunkItemsDone.Int(e.ItemsDone))
	}
	if e.ItemsFailed > 0 {
		attrs = append(attrs, keyChunkItemsFailed.Int(e.ItemsFailed))
	}
	if e.Attempts > 1 {
		attrs = append(attrs, keyChunkAttempts.Int(e.Attempts))
	}
	if e.RemoteWorker != "" {
		attrs = append(attrs, keyWorkerRemote.String(validText(e.RemoteWorker)))
	}
	return attrs
}
