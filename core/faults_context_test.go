package core_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// contextKey is a key of context values.
type contextKey string

func testHookContexts(t *testing.T) {
	cancelled, cancel := context.WithCancelCause(context.Background())
	cancel(errBoom)
	late, stop := context.WithTimeout(context.Background(), -time.Second)
	defer stop()
	returned := []struct {
		name string
		make func(ctx context.Context) context.Context
	}{
		{"nil", func(context.Context) context.Context { return nil }},
		{"cancelled", func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(errBoom)
			return ctx
		}},
		{"timed out", func(ctx context.Context) context.Context {
			ctx, cancel := context.WithTimeout(ctx, 0)
			defer cancel()
			return ctx
		}},
		{"unrelated", func(context.Context) context.Context {
			return context.WithValue(context.Background(), contextKey("unrelated"), 1)
		}},
		{"unrelated cancelled", func(context.Context) context.Context { return cancelled }},
		{"unrelated timed out", func(context.Context) context.Context { return late }},
	}
	for _, r := range returned {
		for _, m := range []core.Moment{core.MomentRunStart, core.MomentChunkStart} {
			for _, form := range runForms() {
				t.Run(fmt.Sprintf("%s/%v/%s", r.name, m, form.name), func(t *testing.T) {
					bad := hookAt("bad", m, func(ctx context.Context, _ any) context.Context { return r.make(ctx) })
					w := workload{items: faultTestItems, workers: 2}
					if form.ownLoop {
						w.workers = 1 // with more, loop and run may give a chunk different offsets
					}
					w.process = newItemTracker(w.items).process(func(ctx context.Context, i, _ int) error { return checkOwnContext(ctx, i) })
					rec := hooktest.NewRecorder()
					e := w.executor()
					e.Register(bad, rec)
					form.run(context.WithValue(t.Context(), contextKey("given"), "kept"), e, w)
					if end := onlyOne[core.RunEnd](t, rec); end.Err != nil {
						t.Error(end.Err)
					}
				})
			}
		}
	}
	// Neither the chunk's context nor the hook's is ever done. They look alike, but the
	// function must get the chunk's.
	t.Run("unrelated/chunk without cancellation", func(t *testing.T) {
		e := core.NewExecutor()
		e.Register(hookAt("bad", core.MomentChunkStart, func(context.Context, any) context.Context { return context.Background() }))
		_, r := e.Start(t.Context(), 1)
		defer r.End(nil)
		given := context.WithValue(context.Background(), contextKey("given"), "kept")
		if err := r.Chunk(given, 1, func(ctx context.Context) error { return checkOwnContext(ctx, 0) }); err != nil {
			t.Error(err)
		}
	})
}

// checkOwnContext returns an error unless ctx is not done, belongs to the chunk of
// item i and has the caller's values.
func checkOwnContext(ctx context.Context, i int) error {
	if ctx.Err() != nil || context.Cause(ctx) != nil {
		return fmt.Errorf("the context is done: %w", context.Cause(ctx))
	}
	if _, limited := ctx.Deadline(); limited {
		return errors.New("the context has a deadline")
	}
	if ctx.Value(contextKey("given")) != "kept" {
		return errors.New("the caller's value is gone")
	}
	if chunk, ok := core.ChunkFrom(ctx); !ok || i < chunk.Offset || i >= chunk.Offset+chunk.Items || chunk.Run.ID == "" {
		return fmt.Errorf("item %d sees the chunk %+v", i, chunk)
	}
	return nil
}
