package paired

import (
	"context"
	"sync"
	"sync/atomic"
)

// Loop is the reference that others are measured against: the best parallel
// loop a user would write by hand for one place in a program. It calls fn for
// each item and returns the results in the order of the items. The given
// number of goroutines claim the next chunk of so many items from one shared
// counter until none are left; workers and chunk count as 1 if less. With the
// chunk size that suits the work it is the limit that a general library can
// hope to reach.
//
// The first error stops the claiming of chunks, those already claimed are
// finished up to an error of their own, and the error is returned without
// results. The end of ctx does the same. There is no recovery from panics and
// nobody is told about progress.
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

	// The counter is what the workers contend for. It has its cache lines to
	// itself, or they would also wait for each other's unrelated writes.
	var claimed struct {
		_ [64]byte
		n atomic.Int64 // chunks
		_ [64]byte
	}
	// Claiming all that is left is a way to stop that costs the workers
	// nothing as long as it does not happen.
	stop := func() { claimed.n.Store(int64(chunks)) }
	unwatch := context.AfterFunc(ctx, stop)

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
	if !unwatch() && first == nil {
		first = ctx.Err()
	}
	if first != nil {
		return nil, first
	}
	return out, nil
}

// Sequential is Loop without any parallelism: a for statement. It is the
// reference for the question whether more workers pay at all.
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
