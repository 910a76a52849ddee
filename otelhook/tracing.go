package otelhook

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

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
	most          int
	errorMessages bool
}

func newTracing(c config) *tracing {
	if c.noTracing {
		return nil
	}
	return &tracing{
		tracer:        c.traces().Tracer(ScopeName, trace.WithInstrumentationVersion(Version()), trace.WithSchemaURL(schemaURL)),
		attrs:         c.spanAttrs,
		spanName:      c.spanName,
		chunkSpans:    c.chunkSpans,
		most:          c.maxChunkSpans,
		errorMessages: c.errorMessages,
	}
}

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

// fail tells on a span what went wrong. There is no event, nor RecordError,
// which OpenTelemetry is about to give up.
func (t *tracing) fail(span trace.Span, err error) {
	description := ""
	if t.errorMessages {
		description = message(err)
	}
	span.SetStatus(codes.Error, description)
	span.SetAttributes(keyErrorType.String(errorType(err)))
}

// failure tells whether an outcome means that user code failed.
func failure(o core.Outcome) bool { return o == core.OutcomeError || o == core.OutcomePanic }

// errorType is the word for err, also where an event that failed has none.
func errorType(err error) string {
	if word := label.ErrorType(err); word != "" {
		return word
	}
	return label.Unknown
}

// message is the text of an error, whose method is foreign code.
func message(err error) (s string) {
	if err == nil {
		return ""
	}
	defer func() {
		if recover() != nil {
			s = ""
		}
	}()
	return text(err.Error())
}

// text makes a text safe for the wire: one that is no valid UTF-8 would cost
// all spans that are sent with it, one of a megabyte likewise.
func text(s string) string {
	const most = 1 << 10
	return strings.ToValidUTF8(s[:min(len(s), most)], "")
}
