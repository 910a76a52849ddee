package otelhook

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// runSpans are the span of a run and those of its chunks. Nil, where the run is
// not recorded, makes none.
type runSpans struct {
	*tracing
	span   trace.Span
	name   string               // of chunk spans
	attrs  []attribute.KeyValue // of all chunk spans
	failed atomic.Bool          // a chunk span tells of an error
	budget
	pace
}

// start starts the span of a run. The context carries it also where it is not
// recorded, so that user code is not recorded either.
func (t *tracing) start(ctx context.Context, e *core.RunStart) (context.Context, *runSpans) {
	if t == nil {
		return ctx, nil
	}
	name := label.Clean(e.Executor)
	same := append([]attribute.KeyValue{keyExecutor.String(name), keyRunID.String(text(e.RunID))}, t.attrs...)
	attrs := slices.Clone(same)
	if e.Items >= 0 {
		attrs = append(attrs, keyRunItems.Int(e.Items))
	}
	if e.Workers > 0 {
		attrs = append(attrs, keyRunWorkers.Int(e.Workers))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Attrs)) {
		if key := text(k); !reserved(key) { // as it arrives: what is cleaned may become a name of ours
			attrs = append(attrs, attribute.String(key, text(e.Attrs[k])))
		}
	}
	ctx, span := t.tracer.Start(ctx, text(t.spanName("run", name)), trace.WithTimestamp(e.Started), trace.WithAttributes(attrs...))
	if !span.IsRecording() {
		return ctx, nil
	}
	return ctx, &runSpans{tracing: t, span: span, name: text(t.spanName("chunk", name)), attrs: same}
}

// end ends the span of a run. It fails with the run, and where the run had a
// deadline and missed it; to be cancelled otherwise is no failure. The error
// itself is told once: here only if no chunk's span tells of one.
func (r *runSpans) end(e *core.RunEnd) {
	if r == nil {
		return
	}
	attrs := []attribute.KeyValue{
		keyOutcome.String(e.Outcome.String()),
		keyRunItemsDone.Int(e.ItemsDone),
		keyRunItemsFailed.Int(e.ItemsFailed),
		keyRunChunks.Int(e.Chunks),
		keyRunChunksFailed.Int(e.ChunksFailed),
	}
	if n := r.dropped.Load(); n > 0 {
		attrs = append(attrs, keySpansDropped.Int64(n))
	}
	r.span.SetAttributes(attrs...)
	switch {
	case !failure(e.Outcome) && (e.Outcome != core.OutcomeCanceled || label.ErrorType(e.Err) != label.Timeout):
	case r.failed.Load():
		r.span.SetStatus(codes.Error, "")
	default:
		r.fail(r.span, e.Err)
	}
	r.span.End(trace.WithTimestamp(e.Ended))
}
