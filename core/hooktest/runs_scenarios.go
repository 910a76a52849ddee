package hooktest

import (
	"context"
	"runtime"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// acts are the kinds of runs: each way to run, each way to end. What they
// return is for core's own tests to judge.
var acts = []func(st *stage, ctx context.Context){
	(*stage).succeed, (*stage).fail, (*stage).cancel, (*stage).chunks, (*stage).stream, (*stage).ownLoop, (*stage).nest,
}

func (st *stage) perform() {
	ctx := core.WithRun(context.Background(), st.info)
	for _, act := range acts {
		act(st, ctx)
	}
}

// items are what the runs process; unlucky ones fail.
var items = slices.Repeat([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 3)

const unlucky = 7

func (st *stage) succeed(ctx context.Context) {
	work := func(_ context.Context, i int) (int, error) { return i, nil }
	_, _ = core.Map(ctx, st.exec, items, work)
	_, _ = core.Map(ctx, st.exec, nil, work)
}

func (st *stage) fail(ctx context.Context) {
	for _, how := range []func() error{
		func() error { return st.err },
		func() error { panic(st.err) },
		func() error { runtime.Goexit(); return nil },
	} {
		_ = core.ForEach(ctx, st.exec, items, func(_ context.Context, i int) error {
			if i == unlucky {
				return how()
			}
			return nil
		})
	}
}

func (st *stage) cancel(ctx context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range 2 { // in the middle, and before the first item
		_ = core.ForEach(ctx, st.exec, items, func(context.Context, int) error {
			cancel(st.err)
			return nil
		})
	}
}

func (st *stage) chunks(ctx context.Context) {
	_, _ = core.MapChunks(ctx, st.exec, items, func(ctx context.Context, in []int) ([]int, error) {
		core.ReportProgress(ctx, 1)
		core.ReportChunk(ctx, st.info.ID, 2)
		if slices.Contains(in, unlucky) {
			return nil, st.err
		}
		return in, nil
	})
}

func (st *stage) stream(ctx context.Context) {
	source := func(yield func(int, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
		yield(0, st.err)
	}
	work := func(_ context.Context, i int) (int, error) { return i, nil }
	for _, err := range core.Stream(ctx, st.exec, source, work) {
		_ = err
	}
	for _, err := range core.Stream(ctx, st.exec, source, work) {
		_ = err
		break
	}
}

func (st *stage) ownLoop(ctx context.Context) {
	ctx, run := st.exec.Start(ctx, -1)
	chunk := func(ctx context.Context, how func() error) {
		// Code and hooks run on this goroutine: whatever they do ends in try.
		try(func() { _ = run.Chunk(ctx, 3, func(context.Context) error { return how() }) })
	}
	chunk(ctx, func() error { return nil })
	chunk(context.Background(), func() error { return st.err })
	chunk(ctx, func() error { panic(st.err) })
	chunk(ctx, func() error { runtime.Goexit(); return nil })
	run.End(st.err)
}

// nest starts runs inside of runs, on the same executor.
func (st *stage) nest(ctx context.Context) {
	_ = core.ForEach(ctx, st.exec, items[:4], func(ctx context.Context, _ int) error {
		return core.ForEach(ctx, st.exec, items[:4], func(context.Context, int) error { return nil })
	})
}
