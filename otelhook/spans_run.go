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

// runSpans are the span of a run and those of its chunks. Nil stands for a run
// that is not recorded, and makes none.
type runSpans struct {
	*tracing
	span          trace.Span
	chunkName     string
	chunkAttrs    []attribute.KeyValue // of every chunk span
	chunkHasError atomic.Bool          // a chunk's span has the error
	budget        spanBudget
	dropped       atomic.Int64 // chunks without a span because of the budget
	pace          chunkPace
	slow          slowChunks
}

// start starts the span of a run. The context carries an unrecorded span too,
// so that the spans of user code are not recorded either.
func (t *tracing) start(ctx context.Context, e *core.RunStart) (context.Context, *runSpans) {
	if t == nil {
		return ctx, nil
	}
	executor := label.Clean(e.Executor)
	common := append([]attribute.KeyValue{keyExecutor.String(executor), keyRunID.String(validText(e.RunID))}, t.attrs...)
	attrs := slices.Clone(common)
	if e.Items >= 0 {
		attrs = append(attrs, keyRunItems.Int(e.Items))
	}
	if e.Workers > 0 {
		attrs = append(attrs, keyRunWorkers.Int(e.Workers))
	}
	for _, k := range slices.Sorted(maps.Keys(e.Attrs)) {
		if key := validText(k); !isReserved(key) { // the check comes last: an invalid byte may hide a reserved key
			attrs = append(attrs, attribute.String(key, validText(e.Attrs[k])))
		}
	}
	runName, chunkName := t.spanNames(executor)
	ctx, span := t.tracer.Start(ctx, runName, trace.WithTimestamp(e.Started), trace.WithAttributes(attrs...))
	if !span.IsRecording() {
		return ctx, nil
	}
	r := &runSpans{tracing: t, span: span, chunkName: chunkName, chunkAttrs: common}
	r.budget.init(t.chunkSpans, t.maxChunkSpans)
	r.slow.init(r.budget.slow)
	return ctx, r
}

// end ends the span of a run, after those of its slowest chunks. The span fails if the run failed or missed its
// deadline, not if the run was cancelled or tolerated its failures. Only the innermost span has the error:
// the run's span has it if no chunk's span does.
func (r *runSpans) end(ctx context.Context, e *core.RunEnd) {
	if r == nil {
		return
	}
	r.closeSlow(ctx)
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
	missedDeadline := e.Outcome == core.OutcomeCanceled && label.ErrorType(e.Err) == label.Timeout
	switch {
	case !isFailure(e.Outcome) && !missedDeadline:
	case r.chunkHasError.Load():
		r.span.SetStatus(codes.Error, "")
	default:
		r.setError(r.span, e.Err)
	}
	r.endSpan(r.span, e.Ended)
}
