package loghook

import (
	"context"
	"log/slog"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// NewHandler returns a handler that adds to each record which chunk it was logged
// in, and passes it on to next:
//
//	slog.SetDefault(slog.New(loghook.NewHandler(slog.NewJSONHandler(os.Stderr, nil))))
//	…
//	slog.InfoContext(ctx, "downloaded") // in a function of Map, with its context
//
// The attributes are run, the id of the run; chunk and worker, their numbers from
// 0; offset, the index of the chunk's first item; and items, its length. They are
// outside of all groups. A record that is logged with another context, or with
// none, is unchanged. The handler needs no hook in the executor, and is as safe for
// concurrent use as next is. Next must not be nil.
func NewHandler(next slog.Handler) slog.Handler { return &chunkHandler{Handler: next} }

// chunkHandler adds the attributes of chunks. To add them outside of the groups of
// a logger, it keeps the handler as it was before the first group.
type chunkHandler struct {
	slog.Handler
	outside slog.Handler                      // before the first group; nil without groups
	inside  []func(slog.Handler) slog.Handler // groups and attributes since then
}

// Handle passes a record on.
func (h *chunkHandler) Handle(ctx context.Context, r slog.Record) error {
	chunk, ok := core.ChunkFrom(ctx)
	if !ok {
		return h.Handler.Handle(ctx, r)
	}
	attrs := []slog.Attr{
		textAttr("run", chunk.Run.ID),
		slog.Int("chunk", chunk.Index), slog.Int("worker", chunk.Worker),
		slog.Int("offset", chunk.Offset), slog.Int("items", chunk.Items),
	}
	if h.outside == nil {
		r = r.Clone() // its attributes may be shared
		r.AddAttrs(attrs...)
		return h.Handler.Handle(ctx, r)
	}
	next := h.outside.WithAttrs(attrs)
	for _, add := range h.inside {
		next = add(next)
	}
	return next.Handle(ctx, r)
}

// WithAttrs returns a handler that adds attributes.
func (h *chunkHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return h.with(h.outside, func(next slog.Handler) slog.Handler { return next.WithAttrs(attrs) })
}

// WithGroup returns a handler that puts what follows into a group.
func (h *chunkHandler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h // as slog requires
	}
	outside := h.outside
	if outside == nil {
		outside = h.Handler
	}
	return h.with(outside, func(next slog.Handler) slog.Handler { return next.WithGroup(name) })
}

func (h *chunkHandler) with(outside slog.Handler, add func(slog.Handler) slog.Handler) slog.Handler {
	c := &chunkHandler{Handler: add(h.Handler), outside: outside}
	if outside != nil {
		c.inside = append(slices.Clip(h.inside), add)
	}
	return c
}
