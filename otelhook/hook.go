package otelhook

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/logonce"
)

// Hook makes spans and metrics of what it is told. One is enough for any number
// of executors and runs at once. Make it with [New].
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
	return &Hook{
		config:  c,
		tracing: newTracing(c),
		metrics: newMetrics(c),
		exports: spanExports{reporter: logonce.Reporter{Logger: c.logger}},
	}
}

// HookName implements core.Hook.
func (*Hook) HookName() string { return "otelhook" }

// run is what the hook knows of a run. Its zero value is that of a run whose
// start it did not see.
type run struct {
	live  *live.Run
	spans *runSpans
}

// The hook's own state is in the context under keys of its own, one for each
// hook: the current span may be somebody else's.
type (
	runKey   struct{ hook *Hook }
	chunkKey struct{ hook *Hook }
)

func (h *Hook) runOf(ctx context.Context) run {
	if ctx != nil {
		if r, ok := ctx.Value(runKey{h}).(*run); ok {
			return *r
		}
	}
	return run{}
}

func (h *Hook) chunkOf(ctx context.Context) trace.Span {
	if ctx != nil {
		if span, ok := ctx.Value(chunkKey{h}).(trace.Span); ok {
			return span
		}
	}
	return nil
}

// OnRunStart starts the run's span, of which the run's chunks and the user's
// spans outside of chunks are children.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	ctx = orBackground(ctx)
	var r run
	ctx, r.spans = h.tracing.start(ctx, &e)
	r.live = h.metrics.runStart(ctx, e)
	return context.WithValue(ctx, runKey{h}, &r)
}

// OnRunEnd ends the run's span and records how long the run took.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	r := h.runOf(ctx)
	r.spans.end(&e)
	r.live.End(e)
	h.metrics.runEnd(orBackground(ctx), &e)
}

// OnWorkerStart counts the worker as active.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	h.runOf(ctx).live.WorkerStart()
}

// OnWorkerEnd counts the worker as active no longer.
func (h *Hook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd) {
	h.runOf(ctx).live.WorkerEnd()
}

// OnChunkStart starts the chunk's span, of which what the user's function
// records is a child, if the run is recorded and the chunk is to have one.
func (h *Hook) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	ctx = orBackground(ctx)
	if h.tracing == nil {
		return ctx
	}
	ctx, span := h.runOf(ctx).spans.startChunk(ctx, &e)
	if span == nil {
		return ctx
	}
	return context.WithValue(ctx, chunkKey{h}, span)
}

// OnChunkEnd ends the chunk's span and records the chunk, with the span's
// context so that exemplars lead to it.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	ctx = orBackground(ctx)
	if h.tracing != nil {
		if spans := h.runOf(ctx).spans; spans != nil {
			ctx = spans.endChunk(ctx, h.chunkOf(ctx), &e)
		}
	}
	h.metrics.chunkEnd(ctx, &e)
}

// OnItemFailure counts the failed items.
func (h *Hook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	h.metrics.itemFailure(orBackground(ctx), &e)
}

// OnProgress notes how far the run is, for the gauges.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) { h.runOf(ctx).live.Progress(e) }

// OnFault counts the fault of a hook.
func (h *Hook) OnFault(ctx context.Context, e core.Fault) { h.metrics.fault(orBackground(ctx), &e) }

// orBackground makes up for the nil that only a hook called by hand is given.
func orBackground(ctx context.Context) context.Context {
	if ctx == nil {
		return context.Background()
	}
	return ctx
}
