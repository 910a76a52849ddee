package uihook

import (
	"context"
	"net/http"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/runctx"
)

var (
	_ core.HookRunStart    = (*Hook)(nil)
	_ core.HookRunEnd      = (*Hook)(nil)
	_ core.HookChunkStart  = (*Hook)(nil)
	_ core.HookChunkEnd    = (*Hook)(nil)
	_ core.HookItemFailure = (*Hook)(nil)
	_ core.HookProgress    = (*Hook)(nil)
	_ core.HookAnomaly     = (*Hook)(nil)
	_ core.HookFault       = (*Hook)(nil)
	_ http.Handler         = (*Hook)(nil)
)

const hookName = "uihook"

// Hook records runs in memory and serves them as a page. It may be registered
// with any number of executors, mounted at any number of paths, and is safe for
// concurrent use. It has no goroutine and needs no Shutdown.
type Hook struct {
	texts   texts
	runs    registry
	handler handler
}

// New returns a hook that is the handler of its page too. Its error reports every
// mistake in the options.
func New(opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	h := &Hook{texts: c.texts}
	h.handler.init(&h.runs, c)
	return h, nil
}

// HookName returns "uihook".
func (h *Hook) HookName() string { return hookName }

// ServeHTTP serves the page, its two files and the JSON below whatever path it is
// mounted at. It answers GET and HEAD alone.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.serve(w, r) }

// recordOf returns the record of the run that ctx belongs to, nil if there is none.
func (h *Hook) recordOf(ctx context.Context) *record { return runctx.From[*record](ctx, h) }

// OnRunStart adds a run to the page.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	r := newRecord(e, h.texts)
	if !h.runs.add(r) {
		return runctx.With(ctx, h, (*record)(nil)) // not the record of a run around this one
	}
	return runctx.With(ctx, h, r)
}

// OnChunkStart records what a worker is at.
func (h *Hook) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	if r := h.recordOf(ctx); r != nil {
		r.lane(e.Worker).startChunk(&e)
	}
	return ctx
}

// OnChunkEnd records the time of a chunk, and what it added to the user's counters.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if r := h.recordOf(ctx); r != nil {
		r.lane(e.Worker).endChunk(r.started, &e)
		if e.Remote() && !r.remote.Load() {
			r.remote.Store(true)
		}
		r.slowest.add(ctx, &e)
		r.count(e.Custom)
	}
}

// OnItemFailure counts a failure by its kind.
func (h *Hook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if r := h.recordOf(ctx); r != nil {
		r.failures.add(&e, h.texts)
	}
}

// OnProgress records how far a run is.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	if r := h.recordOf(ctx); r != nil {
		r.setProgress(e)
	}
}

// OnAnomaly records an anomaly, or that it is over.
func (h *Hook) OnAnomaly(ctx context.Context, e core.Anomaly) {
	if r := h.recordOf(ctx); r != nil {
		r.setAnomaly(e, h.texts)
	}
}

// OnFault counts a fault of another hook.
func (h *Hook) OnFault(ctx context.Context, e core.Fault) {
	h.runs.addFault(h.texts.name(e.Hook))
	if r := h.recordOf(ctx); r != nil {
		r.addFault()
	}
}

// OnRunEnd records the end of a run.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	if r := h.recordOf(ctx); r != nil {
		r.setEnd(e, h.texts)
		h.runs.ended()
	}
}
