package core_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

type counterKey struct{}

// BenchmarkCounterAdd compares Add with a look-up in a context of the same depth and an
// uncontended atomic add.
func BenchmarkCounterAdd(b *testing.B) {
	const adds = 1_000_000
	e := core.NewExecutor(core.WithWorkers(1))
	e.Register(&nopEnd{})
	err := core.ForEach(b.Context(), e, indexes(1), func(ctx context.Context, _ int) error {
		bare := context.WithValue(ctx, counterKey{}, new(atomic.Int64))
		paired.Compare(b, paired.Options{},
			paired.Variant{Name: "bare", Run: func() {
				for range adds {
					bare.Value(counterKey{}).(*atomic.Int64).Add(1) //nolint:forcetypeassert // of the line above
				}
			}},
			paired.Variant{Name: "Add", Run: func() {
				for range adds {
					testRows.Add(ctx, 1)
				}
			}, Bar: 2})
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
