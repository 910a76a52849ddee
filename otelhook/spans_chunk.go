package otelhook

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/itemname"
)

// startChunk starts the span of a chunk. The span is nil if the chunk gets none,
// or gets one only at its end or at the run's.
func (r *runSpans) startChunk(ctx context.Context, e *core.ChunkStart) (context.Context, trace.Span) {
	if r == nil || !r.budget.first.reserve() {
		return ctx, nil
	}
	ctx, span := r.newChunk(ctx, e)
	if !span.IsRecording() {
		r.budget.first.giveBack() // the sampler left it out, not the limit
	}
	return ctx, span
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
	return r.tracer.Start(ctx, r.chunkName, opts...)
}

// endChunk ends the span of a chunk: the one of its start, or a new one if the
// chunk failed. It keeps those of the slowest chunks for later. It returns the
// context of the chunk's span.
func (r *runSpans) endChunk(ctx context.Context, span trace.Span, e *core.ChunkEnd) context.Context {
	if r == nil || r.chunkSpans == Off {
		return ctx
	}
	r.pace.add(e)
	if r.slow.overdue(e.Ended) {
		r.endSlow(r.slow.release())
	}
	failed := isFailure(e.Outcome)
	if span == nil && failed && r.budget.failed.reserve() {
		if ctx, span = r.newChunk(ctx, &e.ChunkStart); !span.IsRecording() {
			r.budget.failed.giveBack()
		}
	}
	if span != nil {
		if !span.IsRecording() {
			return ctx
		}
		r.describe(span, e, chunkName(ctx, e))
		if failed {
			r.endSpan(span, e.Ended)
			return ctx
		}
	}
	if !r.slow.admits(e) {
		r.endOther(span, e)
		return ctx
	}
	c := slowChunk{end: *e, span: span}
	if span == nil {
		c.name = chunkName(ctx, e) // its span is made when the chunk's context is gone
	}
	if out, left := r.slow.put(c); left && !out.released {
		r.endOther(out.span, &out.end)
	}
	return ctx
}

// chunkName returns the name of a chunk that failed or took long, empty for others: it
// calls user code.
func chunkName(ctx context.Context, e *core.ChunkEnd) string {
	if isFailure(e.Outcome) {
		return itemname.Clean(core.NameFrom(ctx))
	}
	return itemname.OfSlow(ctx, e.Duration)
}

// endOther ends the span of a chunk that is neither slow nor failed. A chunk
// without a span may be one too many.
func (r *runSpans) endOther(span trace.Span, e *core.ChunkEnd) {
	if span != nil {
		r.endSpan(span, e.Ended)
	} else if r.chunkSpans != SlowOrFailed || isFailure(e.Outcome) {
		r.dropped.Add(1)
	}
}

// endSlow ends the spans of the slowest chunks so far.
func (r *runSpans) endSlow(chunks []*slowChunk) {
	for rank, c := range chunks {
		if c.span == nil || c.released {
			continue
		}
		if r.pace.slow(rank, c) {
			c.span.SetAttributes(keyChunkSlow.Bool(true))
		}
		r.endSpan(c.span, c.end.Ended)
	}
}

// closeSlow ends the spans of the slowest chunks when the run has ended. Those
// that have no span so far get one now, if they are slow or failed.
func (r *runSpans) closeSlow(ctx context.Context) {
	chunks := r.slow.close()
	for rank, c := range chunks {
		if c.span != nil {
			continue
		}
		slow := r.pace.slow(rank, c)
		if !slow && !isFailure(c.end.Outcome) {
			r.endOther(nil, &c.end)
			c.released = true
			continue
		}
		if _, c.span = r.newChunk(ctx, &c.end.ChunkStart); c.span.IsRecording() {
			r.describe(c.span, &c.end, c.name)
		}
	}
	r.endSlow(chunks)
}

// describe gives a chunk's span what is known at the chunk's end.
func (r *runSpans) describe(span trace.Span, e *core.ChunkEnd, name string) {
	span.SetAttributes(r.chunkResult(e)...)
	if name != "" {
		span.SetAttributes(keyChunkName.String(name))
	}
	if isFailure(e.Outcome) {
		r.chunkHasError.Store(true)
		r.setError(span, e.Err)
	}
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
	if e.Waited > 0 {
		attrs = append(attrs, keyChunkWaited.Float64(e.Waited.Seconds()))
	}
	if e.WorkersLost > 0 {
		attrs = append(attrs, keyWorkersLost.Int(e.WorkersLost))
	}
	if e.Poison {
		attrs = append(attrs, keyChunkPoison.Bool(true))
	}
	return attrs
}
