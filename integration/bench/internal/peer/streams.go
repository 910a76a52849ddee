package peer

import (
	"context"

	"github.com/destel/rill"
	"github.com/samber/lo/parallel"
	"github.com/zeromicro/go-zero/core/mr"
)

// goZero sends indexes through channels to a goroutine for each item.
var goZero = Peer{
	Name:   "go-zero mr",
	Module: "github.com/zeromicro/go-zero",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		out := make([]uint64, len(items))
		err := mr.MapReduceVoid(
			func(source chan<- int) {
				for i := range items {
					source <- i
				}
			},
			func(i int, _ mr.Writer[struct{}], cancel func(error)) {
				v, err := do(ctx, items[i])
				if err != nil {
					cancel(err)
					return
				}
				out[i] = v
			},
			func(pipe <-chan struct{}, _ func(error)) {
				for range pipe { // it yields nothing; its end must be awaited
				}
			},
			mr.WithWorkers(workers), mr.WithContext(ctx))
		return out, err
	},
	Order:   ByIndex,
	Errors:  "the first stops it",
	PerItem: true,
}

// loParallel has a goroutine for each item, all concurrent.
var loParallel = Peer{
	Name:   "lo parallel",
	Module: "github.com/samber/lo",
	Map: func(ctx context.Context, _ int, items []int, do Do) ([]uint64, error) {
		var failed firstError
		out := parallel.Map(items, func(item, _ int) uint64 {
			v, err := do(ctx, item)
			failed.note(err)
			return v
		})
		return out, failed.err
	},
	Order:   ByItself,
	Note:    "no limit of workers; errors are kept by the code around it",
	PerItem: true,

	Unlimited: true,
}

// rillMap sends items through channels.
var rillMap = Peer{
	Name:   "rill",
	Module: "github.com/destel/rill",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		return rill.ToSlice(rill.OrderedMap(rill.FromSlice(items, nil), workers, func(item int) (uint64, error) {
			return do(ctx, item)
		}))
	},
	Order:   ByItself,
	Errors:  "the first is returned",
	PerItem: true,
}
