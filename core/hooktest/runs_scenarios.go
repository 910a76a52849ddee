package hooktest

import (
	"context"
	"runtime"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

// scenarios run in each way and end in each way. Core's own tests check what the
// runs return.
var scenarios = []func(r *runner, ctx context.Context){
	(*runner).runSuccess, (*runner).runFailures, (*runner).runCanceled, (*runner).runChunks,
	(*runner).runStream, (*runner).runStart, (*runner).runNested,
}

// runAll runs all scenarios, one after the other.
func (r *runner) runAll() {
	ctx := core.WithRun(context.Background(), r.info)
	for _, runScenario := range scenarios {
		runScenario(r, ctx)
	}
}

// items are the items of the runs. The function fails on each failingItem.
var items = slices.Repeat([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 3)

const failingItem = 7

func (r *runner) runSuccess(ctx context.Context) {
	work := func(_ context.Context, i int) (int, error) { return i, nil }
	_, _ = core.Map(ctx, r.exec, items, work)
	_, _ = core.Map(ctx, r.exec, nil, work)
}

func (r *runner) runFailures(ctx context.Context) {
	for _, fail := range []func() error{
		func() error { return r.err },
		func() error { panic(r.err) },
		func() error { runtime.Goexit(); return nil },
	} {
		_ = core.ForEach(ctx, r.exec, items, func(_ context.Context, i int) error {
			if i == failingItem {
				return fail()
			}
			return nil
		})
	}
}

func (r *runner) runCanceled(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range 2 { // in the middle, and before the first item
		_ = core.ForEach(ctx, r.exec, items, func(context.Context, int) error {
			cancel(r.err)
			return nil
		})
	}
}

func (r *runner) runChunks(ctx context.Context) {
	_, _ = core.MapChunks(ctx, r.exec, items, func(ctx context.Context, in []int) ([]int, error) {
		core.ReportProgress(ctx, 1)
		remote.Waiting(ctx)
		remote.Started(ctx)
		remote.Report(ctx, remote.Result{Worker: r.info.ID, Attempts: 2, Lost: 1, Poison: true})
		if slices.Contains(in, failingItem) {
			return nil, r.err
		}
		return in, nil
	})
}

func (r *runner) runStream(ctx context.Context) {
	source := func(yield func(int, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, r.err)
	}
	work := func(_ context.Context, i int) (int, error) { return i, nil }
	for _, err := range core.Stream(ctx, r.exec, source, work) {
		_ = err
	}
	for _, err := range core.Stream(ctx, r.exec, source, work) {
		_ = err
		break
	}
}

func (r *runner) runStart(ctx context.Context) {
	ctx, run := r.exec.Start(ctx, -1)
	ctx = core.WithChunkName(ctx, r.info.ID)
	chunk := func(ctx context.Context, fn func() error) {
		// User code and hooks run on this goroutine, and may panic or exit it.
		guarded(func() { _ = run.Chunk(ctx, 3, func(context.Context) error { return fn() }) })
	}
	chunk(ctx, func() error { return nil })
	chunk(context.Background(), func() error { return r.err })
	chunk(ctx, func() error { panic(r.err) })
	chunk(ctx, func() error { runtime.Goexit(); return nil })
	run.End(r.err)
}

// nest starts runs inside of runs, on the same executor.
func (r *runner) runNested(ctx context.Context) {
	_ = core.ForEach(ctx, r.exec, items[:4], func(ctx context.Context, _ int) error {
		return core.ForEach(ctx, r.exec, items[:4], func(context.Context, int) error { return nil })
	})
}
