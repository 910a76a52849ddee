package core_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkEnterChunk compares entering Run.Chunk with 32,000 callers inside with one.
func BenchmarkEnterChunk(b *testing.B) {
	enter := func(inside int) func() {
		ctx, run := core.NewExecutor().Start(context.Background(), -1)
		entered, leave := make(chan struct{}), make(chan struct{})
		for range inside {
			go func() {
				_ = run.Chunk(ctx, 1, func(context.Context) error {
					entered <- struct{}{}
					<-leave
					return nil
				})
			}()
		}
		for range inside {
			<-entered
		}
		b.Cleanup(func() { close(leave); run.End(nil) })
		return func() {
			for range 10_000 {
				_ = run.Chunk(ctx, 1, func(context.Context) error { return nil })
			}
		}
	}
	paired.Compare(b, paired.Options{},
		paired.Variant{Name: fmt.Sprint(1), Run: enter(1)},
		paired.Variant{Name: fmt.Sprint(32_000), Run: enter(32_000), Bar: 3})
}
