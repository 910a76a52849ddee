package group_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkCalls compares a loop of 50,000 calls with the same loop after the change
// of its import, without a hook and with one. A call of a Group costs about a
// microsecond, half of which is the goroutine that an errgroup starts too.
func BenchmarkCalls(b *testing.B) {
	w := paired.SpinItems()
	b.Run("waiting", func(b *testing.B) { // a millisecond each, 64 at once
		compareCalls(b, paired.Options{}, 64, func(context.Context, int) error {
			time.Sleep(time.Millisecond)
			return nil
		})
	})
	b.Run("computing", func(b *testing.B) { // some 50 µs each, 8 at once
		compareCalls(b, paired.Options{Gate: true}, 8, func(ctx context.Context, i int) error {
			for range 50 {
				if _, err := w.Do(ctx, w.Items[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func compareCalls(b *testing.B, opts paired.Options, limit int, call func(context.Context, int) error) {
	run := func(newGroup func(context.Context) (group, context.Context)) func() {
		return func() {
			g, ctx := newGroup(context.Background())
			g.SetLimit(limit)
			for i := range 50_000 {
				g.Go(func() error { return call(ctx, i) })
			}
			if err := g.Wait(); err != nil {
				b.Error(err)
			}
		}
	}
	of := func(hooks ...core.Hook) func(context.Context) (group, context.Context) {
		exec := core.NewExecutor(core.WithName("calls"))
		exec.Register(hooks...)
		return func(ctx context.Context) (group, context.Context) { return core.NewGroup(ctx, exec) }
	}
	paired.Compare(b, opts,
		paired.Variant{Name: "errgroup", Run: run(func(ctx context.Context) (group, context.Context) { return errgroup.WithContext(ctx) })},
		paired.Variant{Name: "core", Bar: 1.02, Run: run(of())},
		paired.Variant{Name: "core, progress", Run: run(of(core.OnProgress(func(core.Progress) {})))})
}
