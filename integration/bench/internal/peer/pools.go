package peer

import (
	"context"
	"sync"

	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc/iter"
	"github.com/sourcegraph/conc/pool"
)

// concMapper claims item by item.
var concMapper = Peer{
	Name:   "conc iter.Mapper",
	Module: "github.com/sourcegraph/conc",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		return iter.Mapper[int, uint64]{MaxGoroutines: workers}.MapErr(items, func(item *int) (uint64, error) {
			return do(ctx, *item)
		})
	},
	Order:  ByItself,
	Errors: "all, joined; none stops it",
}

// concPool has a task for each item.
var concPool = Peer{
	Name:   "conc ResultPool",
	Module: "github.com/sourcegraph/conc",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		p := pool.NewWithResults[uint64]().WithContext(ctx).WithMaxGoroutines(workers).WithCancelOnError()
		for _, item := range items {
			p.Go(func(ctx context.Context) (uint64, error) { return do(ctx, item) })
		}
		return p.Wait()
	},
	Order:   None,
	Errors:  "all, joined; the first cancels the context",
	PerItem: true,
}

// pondPool has a task for each item, in a group that keeps results in order.
var pondPool = Peer{
	Name:   "pond",
	Module: "github.com/alitto/pond/v2",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		p := pond.NewResultPool[uint64](workers)
		defer p.StopAndWait()
		g := p.NewGroupContext(ctx)
		for _, item := range items {
			g.SubmitErr(func() (uint64, error) { return do(ctx, item) })
		}
		return g.Wait()
	},
	Order:   ByItself,
	Errors:  "the first is returned",
	PerItem: true,
}

// antsPool has one function and gets its arguments.
var antsPool = Peer{
	Name:   "ants",
	Module: "github.com/panjf2000/ants/v2",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		out := make([]uint64, len(items))
		var (
			failed firstError
			wg     sync.WaitGroup
		)
		p, err := ants.NewPoolWithFuncGeneric(workers, func(i int) {
			defer wg.Done()
			var err error
			out[i], err = do(ctx, items[i])
			failed.note(err)
		})
		if err != nil {
			return nil, err
		}
		defer p.Release()
		for i := range items {
			wg.Add(1)
			if err := p.Invoke(i); err != nil {
				wg.Done()
				failed.note(err)
			}
		}
		wg.Wait()
		return out, failed.err
	},
	Order:   ByIndex,
	Note:    "errors are kept by the code around it; a panic is printed",
	PerItem: true,
}

// workerPool has a task for each item.
var workerPool = Peer{
	Name:   "workerpool",
	Module: "github.com/gammazero/workerpool",
	Map: func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error) {
		out := make([]uint64, len(items))
		var failed firstError
		p := workerpool.New(workers)
		for i, item := range items {
			p.Submit(func() {
				var err error
				out[i], err = do(ctx, item)
				failed.note(err)
			})
		}
		p.StopWait()
		return out, failed.err
	},
	Order:   ByIndex,
	Note:    "errors are kept by the code around it; tasks queue without bound",
	PerItem: true,
}

// firstError keeps an error for libraries without a place for one.
type firstError struct {
	mu  sync.Mutex
	err error
}

func (f *firstError) note(err error) {
	if err == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}
