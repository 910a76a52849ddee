package core_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/core/remote"
)

func TestReportProgressAndChunk(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { testReports(t, form) })
		})
	}
	core.ReportProgress(t.Context(), 1) // outside of a chunk both do nothing
	remote.Report(t.Context(), remote.Result{Worker: "host", Attempts: 2})
}

// testReports reports one item of each chunk after a second, and a remote worker and
// three attempts for the second chunk.
func testReports(t *testing.T, form runForm) {
	t.Helper()
	rec := hooktest.NewRecorder()
	w := workload{items: 2 * workloadChunk, workers: 1}
	w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
		time.Sleep(time.Second)
		if form.perChunk {
			core.ReportProgress(ctx, 1)
			core.ReportProgress(ctx, 0) // progress never goes back
			core.ReportProgress(ctx, -5)
		} else {
			core.ReportProgress(ctx, workloadChunk) // ignored: the items are counted already
		}
		if lo >= workloadChunk {
			remote.Report(ctx, remote.Result{Worker: "host", Attempts: 3})
			remote.Report(ctx, remote.Result{}) // nothing new
		}
		time.Sleep(time.Second)
		return square(ctx, lo, hi)
	}
	e := w.executor()
	e.Register(rec)
	form.run(t.Context(), e, w)
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		worker, attempts := "", 1
		if c.Offset >= workloadChunk || !form.perChunk && c.Offset+c.Items > workloadChunk {
			worker, attempts = "host", 3
		}
		if c.RemoteWorker != worker || c.Attempts != attempts || c.ItemsDone != c.Items {
			t.Errorf("the chunk ended %+v", c)
		}
	}
	var seen []int
	for _, p := range hooktest.Of[core.Progress](rec) {
		seen = append(seen, p.ItemsDone)
	}
	want := []int{0, 1, 2, 3, 4, 5, 6}
	if form.perChunk && !form.stream { // a stream's chunks may be smaller
		want = []int{0, 1, 3, 4, 6}
	}
	if got := slices.Compact(seen); !slices.Equal(got, want) && (!form.stream || got[len(got)-1] != 2*workloadChunk || got[1] != 1) {
		t.Errorf("progress showed %v, want %v", got, want)
	}
}
