package workload

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/internal/paired"
)

// Batch is work with a function that takes many items at once. Each call has a
// cost of its own.
type Batch struct {
	Name    string
	What    string // for readers
	Items   []int
	Workers int
	Gate    bool // as in paired.Options
	Do      func(context.Context, []int) ([]uint64, error)
}

// Batches returns three kinds: calls that cost nothing, calls that compute for
// 20 µs, and calls that wait for a millisecond, as for a database.
func Batches(quick bool) []Batch {
	all := []Batch{
		{Name: "free", What: "100,000 items of 0.1 µs, calls cost nothing, 2 workers", Items: Numbers(100_000), Workers: 2, Gate: true, Do: calls(0, 0, 90)},
		{Name: "20 µs", What: "100,000 items of 0.1 µs, a call computes for 20 µs, 2 workers", Items: Numbers(100_000), Workers: 2, Gate: true, Do: calls(0, 18_000, 90)},
		{Name: "1 ms wait", What: "20,000 items of 0.1 µs, a call waits for 1 ms, 16 workers", Items: Numbers(20_000), Workers: 16, Do: calls(time.Millisecond, 0, 90)},
	}
	if quick {
		for i := range all {
			all[i].Items = everyTenth(all[i].Items)
			all[i].What += "; a tenth of the items"
		}
	}
	return all
}

// calls returns a function that waits and computes for each call, and computes
// for each item.
func calls(wait time.Duration, callSteps, itemSteps int) func(context.Context, []int) ([]uint64, error) {
	do := Steps(itemSteps)
	return func(ctx context.Context, items []int) ([]uint64, error) {
		if wait > 0 {
			time.Sleep(wait)
		}
		if callSteps > 0 {
			if _, err := paired.Burn(ctx, callSteps); err != nil {
				return nil, err
			}
		}
		out := make([]uint64, len(items))
		for i, item := range items {
			v, err := do(ctx, item)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
}

// Loop does the work with a hand-written loop. It passes chunks of a fixed size
// to its workers, and puts the results in order.
func (b Batch) Loop(ctx context.Context, chunk int) ([]uint64, error) {
	out := make([]uint64, len(b.Items))
	var starts []int
	for lo := 0; lo < len(b.Items); lo += chunk {
		starts = append(starts, lo)
	}
	_, err := paired.Loop(ctx, b.Workers, 1, starts, func(ctx context.Context, lo int) (struct{}, error) {
		hi := min(lo+chunk, len(b.Items))
		results, err := b.Do(ctx, b.Items[lo:hi])
		copy(out[lo:hi], results)
		return struct{}{}, err
	})
	return out, err
}
