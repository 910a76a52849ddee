package core_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestRemainingTime checks the estimates of runs with a fake clock.
func TestRemainingTime(t *testing.T) {
	t.Run("three chunks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 100, 39*tick)
			checkEstimates(t, rec, 200*tick, 100*39*tick)
		})
	})
	t.Run("two seconds", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 500, 10*tick, core.WithChunkSize(500))
			checkEstimates(t, rec, 2*time.Second, 500*10*tick)
		})
	})
	t.Run("nothing finishes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			mapItems(t, rec, 1, 30*time.Second)
			for _, p := range hooktest.Of[core.Progress](rec) {
				if p.Remaining.Known != (p.ItemsDone == 1) {
					t.Errorf("%+v", p)
				}
			}
		})
	})
	t.Run("unknown total", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			e := core.NewExecutor(core.WithWorkers(1))
			e.Register(rec)
			src := core.FromSeq(slices.Values(indexes(50)))
			_ = collectStream(core.Stream(t.Context(), e, src, sleepFor(100*tick)))
			for _, p := range hooktest.Of[core.Progress](rec) {
				if p.Remaining != (core.Estimate{}) || p.Items != -1 {
					t.Errorf("%+v", p)
				}
			}
		})
	})
}

// checkEstimates checks that a steady run has estimates from an instant on. They may be
// wrong by the unfinished part of an item.
func checkEstimates(t *testing.T, rec *hooktest.Recorder, from, length time.Duration) {
	t.Helper()
	all := hooktest.Of[core.Progress](rec)
	for i, p := range all {
		e, left := p.Remaining, length-p.Elapsed
		off := (e.Expected - left).Abs()
		switch {
		case i == len(all)-1:
			if e != (core.Estimate{Known: true}) {
				t.Errorf("at the end: %+v", e)
			}
		case !e.Known && e == (core.Estimate{}) && p.Elapsed < from:
		case !e.Known || p.Elapsed < from || e.Low > e.Expected || e.Expected > e.High || off > left/5+100*tick:
			t.Errorf("at %v of %v: %+v", p.Elapsed, length, e)
		}
	}
}
