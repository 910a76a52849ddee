package core_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestProgressMerged has chunks of 10 ms and a hook that takes 33 ms: each call counts
// all chunks that ended meanwhile.
func TestProgressMerged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chunks []int
		mapItems(t, core.OnProgress(func(p core.Progress) {
			chunks = append(chunks, p.Chunks)
			time.Sleep(33 * tick)
		}), 20, 10*tick, core.WithProgressInterval(0))
		checkEqual(t, "ended chunks", chunks, []int{1, 4, 7, 10, 14, 17, 20})
	})
}

// TestProgressGrows gets a Progress after each chunk while the clock stands still.
func TestProgressGrows(t *testing.T) {
	const n = 50
	synctest.Test(t, func(t *testing.T) {
		rec, reported := hooktest.NewRecorder(), make(chan struct{}, n+1)
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithProgressInterval(0), core.WithContinueOnError())
		e.Register(rec, core.OnProgress(func(core.Progress) { reported <- struct{}{} }))
		_ = core.ForEach(t.Context(), e, indexes(n), func(_ context.Context, i int) error {
			if i > 0 {
				<-reported // until Progress counts the chunk before
			}
			if i%3 == 0 {
				return errBoom
			}
			return nil
		})
		var last core.Progress
		all := hooktest.Of[core.Progress](rec)
		for _, p := range all {
			if p.Elapsed <= last.Elapsed || !p.At.After(last.At) || p.ItemsDone < last.ItemsDone || p.ItemsFailed < last.ItemsFailed || p.ItemsFailed > p.ItemsDone {
				t.Errorf("after %+v\ncame %+v", last, p)
			}
			last = p
		}
		if len(all) != n || last.ItemsDone != n || last.ItemsFailed != (n+2)/3 {
			t.Errorf("%d Progress for %d chunks, the last is %+v", len(all), n, last)
		}
	})
}

// TestProgressInsideChunk has one chunk for all items, each of 9.7 ms.
func TestProgressInsideChunk(t *testing.T) {
	const n, item = 100, 9700 * time.Microsecond
	for _, form := range runForms() {
		if form.perChunk {
			continue
		}
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rec := hooktest.NewRecorder()
				e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(n))
				e.Register(rec)
				form.run(t.Context(), e, workload{items: n, workers: 1, process: func(ctx context.Context, lo, hi int) ([]int, error) {
					time.Sleep(item)
					return square(ctx, lo, hi)
				}})
				checkEqual(t, "items done", progressValues(rec, itemsDone), []int{10, 20, 30, 41, 51, 61, 72, 82, 92, 100})
			})
		})
	}
}

// TestProgressCountsFailedItems has a chunk whose first item fails and whose second
// takes long.
func TestProgressCountsFailedItems(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := hooktest.NewRecorder()
		e := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(10), core.WithContinueOnError())
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(2), func(_ context.Context, i int) error {
			if i == 0 {
				return errBoom
			}
			time.Sleep(150 * tick)
			return nil
		})
		checkEqual(t, "done and failed", progressValues(rec, func(p core.Progress) [2]int { return [2]int{p.ItemsDone, p.ItemsFailed} }),
			[][2]int{{1, 1}, {2, 1}})
	})
}

// TestActiveChunks has chunks of 250, 70 and 400 ms on two workers.
func TestActiveChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec, begin := hooktest.NewRecorder(), time.Now()
		e := core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1), core.WithHeartbeat(100*tick))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, []int{250, 70, 400}, func(_ context.Context, ms int) error {
			time.Sleep(time.Duration(ms) * tick)
			return nil
		})
		type view struct {
			chunks, active int
			oldest         time.Duration // -1 if there is none
		}
		checkEqual(t, "chunks", progressValues(rec, func(p core.Progress) view {
			if p.OldestChunk.Started.IsZero() {
				return view{p.Chunks, p.ChunksActive, -1}
			}
			return view{p.Chunks, p.ChunksActive, p.OldestChunk.Started.Sub(begin)}
		}), []view{{1, 2, 0}, {1, 2, 0}, {2, 1, 70 * tick}, {2, 1, 70 * tick}, {3, 0, -1}})
	})
}

func TestProgressOfNothing(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			e := core.NewExecutor()
			e.Register(rec)
			form.run(t.Context(), e, workload{items: 0, workers: 2, process: square})
			p := onlyOne[core.Progress](t, rec)
			percent, known := p.Percent()
			if p.ItemsDone != 0 || p.Chunks != 0 || known == form.stream || known && percent != 100 {
				t.Errorf("%+v is at %v %%, %v", p, percent, known)
			}
			if len(hooktest.Of[core.ChunkStart](rec)) > 0 {
				t.Error("an empty chunk was reported")
			}
		})
	}
}

func TestPercentWithoutTotal(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	for _, err := range core.Stream(t.Context(), e, core.FromSeq(slices.Values(indexes(5))), func(_ context.Context, i int) (int, error) { return i, nil }) {
		if err != nil {
			t.Error(err)
		}
	}
	all := hooktest.Of[core.Progress](rec)
	last := all[len(all)-1]
	if percent, ok := last.Percent(); ok || percent != 0 || last.Items != -1 || last.ItemsDone != 5 {
		t.Errorf("the last progress is %+v: %v, %v", last, percent, ok)
	}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		if percent, ok := c.Percent(); ok || percent != 0 || c.RunItems != -1 {
			t.Errorf("a chunk is at %v, %v of %d", percent, ok, c.RunItems)
		}
	}
}

func TestProgressAdvances(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 200
		rec := hooktest.NewRecorder()
		// Progress comes after every chunk, and most chunks take no time.
		e := core.NewExecutor(core.WithWorkers(3), core.WithChunkSize(1), core.WithProgressInterval(0))
		e.Register(rec)
		_ = core.ForEach(t.Context(), e, indexes(n), func(_ context.Context, i int) error {
			if i%50 == 0 {
				time.Sleep(time.Second)
			}
			return nil
		})
		var last core.Progress
		all := hooktest.Of[core.Progress](rec)
		for i, p := range all {
			if p.Elapsed <= last.Elapsed || p.ItemsDone < last.ItemsDone || p.Chunks < last.Chunks || p.Items != n || p.Throughput < 0 || p.AverageThroughput < 0 {
				t.Errorf("progress %d is %+v after %+v", i, p, last)
			}
			last = p
		}
		if percent, ok := last.Percent(); !ok || percent != 100 || last.Chunks != n || last.ChunksActive != 0 || last.OldestChunk != (core.ActiveChunk{}) || last.Remaining != (core.Estimate{Known: true}) {
			t.Errorf("the last progress is %+v", last)
		}
	})
}
