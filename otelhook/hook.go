package otelhook

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/logonce"
	"github.com/chunkscope/chunkscope/internal/runctx"
)

// Hook makes spans and metrics of the events of runs. One hook serves any number
// of executors and of runs at once. [New] makes one; the zero value is invalid.
type Hook struct {
	config  *config
	tracing *tracing
	metrics *metrics
	exports spanExports
}

var (
	_ core.HookRunStart    = (*Hook)(nil)
	_ core.HookRunEnd      = (*Hook)(nil)
	_ core.HookWorkerStart = (*Hook)(nil)
	_ core.HookWorkerEnd   = (*Hook)(nil)
	_ core.HookChunkStart  = (*Hook)(nil)
	_ core.HookChunkEnd    = (*Hook)(nil)
	_ core.HookItemFailure = (*Hook)(nil)
	_ core.HookProgress    = (*Hook)(nil)
	_ core.HookFault       = (*Hook)(nil)
	_ core.Flusher         = (*Hook)(nil)
	_ core.Shutdowner      = (*Hook)(nil)
	_ core.StatsReporter   = (*Hook)(nil)
)

// New returns a hook that sends to the global providers, or to those of the
// options. It panics if options are invalid, with an error that has every
// mistake. It reports instruments that the meter refuses to OpenTelemetry's error
// handler, and works without them.
func New(opts ...Option) *Hook {
	c, err := newConfig(opts)
	if err != nil {
		panic(err)
	}
	h := &Hook{
		config:  c,
		tracing: newTracing(c),
		exports: spanExports{reporter: logonce.Reporter{Logger: c.logger}},
	}
	if h.tracing != nil {
		c.sources.Add(h)
	}
	h.metrics = newMetrics(c)
	return h
}

// HookName returns "otelhook".
func (*Hook) HookName() string { return "otelhook" }

// run is the hook's record of a run. It is zero for a run that began before the
// hook was registered.
type run struct {
	live  *live.Run
	spans *runSpans
}

// The records are in the context under owners of the hook's own, because the
// current span may be another hook's: h for runs, h.tracing for spans of chunks.

func (h *Hook) runOf(ctx context.Context) run {
	if r := runctx.From[*run](ctx, h); r != nil {
		return *r
	}
	return run{}
}

func (h *Hook) chunkSpanOf(ctx context.Context) trace.Span {
	return runctx.From[trace.Span](ctx, h.tracing)
}

// OnRunStart starts the run's span. The spans of its chunks, and those of user
// code outside of chunks, are its children.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	var r run
	ctx, r.spans = h.tracing.start(ctx, &e)
	r.live = h.metrics.runStart(ctx, e)
	return runctx.With(ctx, h, &r)
}

// OnRunEnd ends the run's span and records how long the run took.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	r := h.runOf(ctx)
	r.spans.end(ctx, &e)
	r.live.End(e)
	h.metrics.runEnd(ctx, &e)
}

// OnWorkerStart adds the worker to the active ones.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	h.runOf(ctx).live.WorkerStart()
}

// OnWorkerEnd removes the worker from the active ones.
func (h *Hook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd) {
	h.runOf(ctx).live.WorkerEnd()
}

// OnChunkStart starts the chunk's span, if the run is recorded and WithChunkSpans
// gives the chunk one at its start. The spans of user code are its children.
func (h *Hook) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	if h.tracing == nil {
		return ctx
	}
	ctx, span := h.runOf(ctx).spans.startChunk(ctx, &e)
	if span == nil {
		return ctx
	}
	return runctx.With(ctx, h.tracing, span)
}

// OnChunkEnd ends the chunk's span. It records the chunk's measurements with the
// span's context, so that exemplars lead to the span.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if h.tracing != nil {
		if spans := h.runOf(ctx).spans; spans != nil {
			ctx = spans.endChunk(ctx, h.chunkSpanOf(ctx), &e)
		}
	}
	h.metrics.chunkEnd(ctx, &e)
}

// OnItemFailure counts the failed items.
func (h *Hook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.metrics.itemFailure(ctx, &e)
}

// OnProgress keeps the run's progress for the gauges.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) { h.runOf(ctx).live.Progress(e) }

// OnFault counts the fault of a hook.
func (h *Hook) OnFault(ctx context.Context, e core.Fault) { h.metrics.fault(ctx, &e) }
