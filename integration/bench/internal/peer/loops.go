package peer

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// chunkscope is Map with its defaults.
var chunkscope = Peer{
	Name: "Map",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		return core.Map(ctx, core.NewExecutor(core.WithWorkers(workers)), items, do)
	},
	Order:  ByItself,
	Errors: "the first stops it, or all; each with its index",
	Note:   "panics and Goexit are failures of their item",
}

// sequential is a for statement.
var sequential = Peer{
	Name: "sequential",
	Map: func(ctx context.Context, _ int, items []int, do Do) ([]uint64, error) {
		return paired.Sequential(ctx, items, do)
	},
	Order:  ByItself,
	Errors: "the first stops it",
	Serial: true,
}

// errgroupChunk has a goroutine for each of 16 chunks a worker.
var errgroupChunk = Peer{
	Name:   "errgroup, chunks",
	Module: "golang.org/x/sync",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		return errgroupChunks(ctx, workers, items, func(ctx context.Context, in []int, out []uint64) error {
			for i, item := range in {
				v, err := do(ctx, item)
				if err != nil {
					return err
				}
				out[i] = v
			}
			return nil
		})
	},
	Order:  ByIndex,
	Errors: "the first stops it",
	Note:   "chunks of items/(16*workers), written by hand; cancellation and errors elsewhere are seen between chunks only",
}

// errgroupPrompt is errgroupChunk that notices cancellation as soon as Map does
// on items of nanoseconds.
var errgroupPrompt = Peer{
	Name:   "errgroup, chunks, prompt",
	Module: "golang.org/x/sync",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		return errgroupChunks(ctx, workers, items, func(ctx context.Context, in []int, out []uint64) error {
			for i, item := range in {
				if i%16 == 0 && ctx.Err() != nil {
					return ctx.Err()
				}
				v, err := do(ctx, item)
				if err != nil {
					return err
				}
				out[i] = v
			}
			return nil
		})
	},
	Order:  ByIndex,
	Errors: "the first stops it",
	Note:   "the same with a look at the context before every sixteenth item",
}

func errgroupChunks(ctx context.Context, workers int, items []int, do func(context.Context, []int, []uint64) error) ([]uint64, error) {
	out := make([]uint64, len(items))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	chunk := max(1, len(items)/(16*workers))
	for lo := 0; lo < len(items) && ctx.Err() == nil; lo += chunk {
		hi := min(lo+chunk, len(items))
		g.Go(func() error { return do(ctx, items[lo:hi], out[lo:hi]) })
	}
	return out, g.Wait()
}

// errgroupItem has a goroutine for each item.
var errgroupItem = Peer{
	Name:   "errgroup, items",
	Module: "golang.org/x/sync",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		out := make([]uint64, len(items))
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(workers)
		for i, item := range items {
			if ctx.Err() != nil {
				break
			}
			g.Go(func() (err error) {
				out[i], err = do(ctx, item)
				return err
			})
		}
		return out, g.Wait()
	},
	Order:   ByIndex,
	Errors:  "the first stops it",
	PerItem: true,
}
