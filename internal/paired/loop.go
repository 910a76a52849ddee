package paired

import (
	"context"
	"sync"
	"sync/atomic"
)

// Loop is the reference for the comparisons: the best parallel loop that a user
// would write by hand for one place in a program. It calls fn for each item and
// returns the results in the order of the items. The goroutines claim the next
// chunk of items from one shared counter until none are left. Values of workers
// and chunk below 1 count as 1. With the best chunk size for the work, Loop is
// the limit that a general library can hope to reach.
//
// After the first error no worker claims another chunk. Chunks already claimed
// are finished, up to an error of their own. Loop then returns the first error
// without results. The end of ctx does the same. Loop does not recover from
// panics and reports no progress.
func Loop[T, R any](ctx context.Context, workers, chunk int, items []T, fn func(context.Context, T) (R, error)) ([]R, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	chunk = max(chunk, 1)
	total := len(items)
	chunks := total / chunk
	if total%chunk > 0 {
		chunks++
	}

	// All workers contend for the counter. It has its cache lines to itself, so
	// that they do not also wait for unrelated writes.
	var claimed struct {
		_ [64]byte
		n atomic.Int64 // chunks
		_ [64]byte
	}
	// Claiming all remaining chunks stops the workers, and costs them nothing
	// as long as it does not happen.
	stop := func() { claimed.n.Store(int64(chunks)) }
	stopWatching := context.AfterFunc(ctx, stop)

	out := make([]R, total)
	var (
		wg    sync.WaitGroup
		once  sync.Once
		first error
	)
	for range min(max(workers, 1), chunks) {
		wg.Go(func() {
			for {
				n := int(claimed.n.Add(1)) - 1
				if n >= chunks {
					return
				}
				low := n * chunk
				high := low + min(chunk, total-low) // low+chunk may overflow
				in, results := items[low:high], out[low:high]
				for i, item := range in {
					result, err := fn(ctx, item)
					if err != nil {
						once.Do(func() { first = err })
						stop()
						return
					}
					results[i] = result
				}
			}
		})
	}
	wg.Wait()
	if !stopWatching() && first == nil {
		first = ctx.Err()
	}
	if first != nil {
		return nil, first
	}
	return out, nil
}

// Sequential is Loop without parallelism: a for statement. It shows whether
// more workers help at all.
func Sequential[T, R any](ctx context.Context, items []T, fn func(context.Context, T) (R, error)) ([]R, error) {
	out := make([]R, len(items))
	for i, item := range items {
		result, err := fn(ctx, item)
		if err != nil {
			return nil, err
		}
		out[i] = result
	}
	return out, nil
}
