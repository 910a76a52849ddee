package core_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// chunkForms are the functions that take whole chunks, here one of n items.
var chunkForms = map[string]func(context.Context, *core.Executor, int, func(context.Context) error){
	"MapChunks": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		_, _ = core.MapChunks(ctx, e, indexes(n), func(ctx context.Context, in []int) ([]int, error) { return in, f(ctx) })
	},
	"ForEachChunk": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		_ = core.ForEachChunk(ctx, e, indexes(n), func(ctx context.Context, _ []int) error { return f(ctx) })
	},
	"Start": func(ctx context.Context, e *core.Executor, n int, f func(context.Context) error) {
		ctx, run := e.Start(ctx, n)
		_ = run.Chunk(ctx, n, f)
		run.End(nil)
	},
}

// newHeartbeatExecutor returns an executor of one worker that reports progress every
// 100 ms, with and without news.
func newHeartbeatExecutor(size int, hooks ...core.Hook) *core.Executor {
	e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(size), core.WithHeartbeat(100*tick))
	e.Register(hooks...)
	return e
}

// reportSlowly reports a value 50 ms before each heartbeat.
func reportSlowly(ctx context.Context, values ...int) {
	time.Sleep(50 * tick)
	for _, done := range values {
		core.ReportProgress(ctx, done)
		time.Sleep(100 * tick)
	}
}

func TestReportProgress(t *testing.T) {
	for name, run := range chunkForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				run(t.Context(), newHeartbeatExecutor(100, rec), 100, func(ctx context.Context) error {
					reportSlowly(ctx, 10, 5, 101, math.MaxInt, -1, math.MinInt, 60, 100)
					return nil
				})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{10, 10, 10, 10, 10, 10, 60, 100, 100})
			})
		})
	}
}

func TestReportProgressConcurrently(t *testing.T) {
	for name, run := range chunkForms {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				run(t.Context(), newHeartbeatExecutor(100, rec), 100, func(ctx context.Context) error {
					var all sync.WaitGroup
					for range 8 {
						all.Go(func() {
							for done := range 78 {
								core.ReportProgress(ctx, done)
							}
						})
					}
					all.Wait()
					reportSlowly(ctx, 3)
					return nil
				})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{77, 100})
			})
		})
	}
}

// TestReportProgressElsewhere reports where it must have no effect.
func TestReportProgressElsewhere(t *testing.T) {
	core.ReportProgress(t.Context(), 1)
	for _, form := range runForms() {
		if form.perChunk {
			continue
		}
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				form.run(t.Context(), newHeartbeatExecutor(10, rec), workload{items: 1, workers: 1, process: func(ctx context.Context, lo, hi int) ([]int, error) {
					reportSlowly(ctx, 1)
					return square(ctx, lo, hi)
				}})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{0, 1})
			})
		})
	}
}

// TestReportProgressLate reports for a chunk that has ended, while the next one runs.
func TestReportProgressLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		var first context.Context
		_ = core.ForEachChunk(t.Context(), newHeartbeatExecutor(10, rec), indexes(20), func(ctx context.Context, in []int) error {
			if in[0] == 0 {
				first = ctx
				return nil
			}
			core.ReportProgress(ctx, 5)
			reportSlowly(first, 3)
			return nil
		})
		checkEqual(t, "items done", progressValues(rec, itemsDone), []int{15, 20})
	})
}

// TestReportProgressTooLate reports for an interrupted chunk when no chunk runs.
func TestReportProgressTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		ctx, run := newHeartbeatExecutor(1, rec).Start(t.Context(), 10)
		var late context.Context
		interrupted, cancel := context.WithCancel(ctx)
		_ = run.Chunk(interrupted, 10, func(ctx context.Context) error {
			late = ctx
			core.ReportProgress(ctx, 4)
			cancel()
			return ctx.Err()
		})
		reportSlowly(late, 10)
		run.End(nil)
		checkEqual(t, "items done", progressValues(rec, itemsDone), []int{4})
		if end := onlyOne[core.RunEnd](t, rec); end.ItemsDone != 0 {
			t.Errorf("the run's end counts %d items of a chunk that was interrupted", end.ItemsDone)
		}
	})
}
