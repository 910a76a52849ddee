package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestConformance runs the suite that every hook needs. It finds most with
// -race.
func TestConformance(t *testing.T) {
	hooktest.Conformance(t, func() core.Hook { return new(Collector) })
}

// TestAgainstRecorder compares the record with the recorded events.
func TestAgainstRecorder(t *testing.T) { synctest.Test(t, againstRecorder) }

func againstRecorder(t *testing.T) {
	collector, rec := new(Collector), hooktest.NewRecorder()
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(4), core.WithChunkSize(7), core.WithContinueOnError())
	exec.Register(collector, rec)
	err := core.ForEach(t.Context(), exec, make([]int, 500), func(ctx context.Context, _ int) error {
		time.Sleep(time.Millisecond) // on the fake clock of the test
		if chunk, _ := core.ChunkFrom(ctx); chunk.Index%10 == 3 {
			return errors.New("bad")
		}
		return nil
	})
	if err == nil {
		t.Error("no error")
	}

	want := runRecord{Executor: "import", RunID: hooktest.Of[core.RunStart](rec)[0].RunID, Outcome: "error", Items: 500, ItemsDone: 500, ItemsFailed: 49}
	var total time.Duration
	want.Chunks.MinMicros = int64(time.Hour)
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		took := c.Duration.Microseconds()
		total += c.Duration
		want.Chunks.Count++
		want.Chunks.MinMicros = min(want.Chunks.MinMicros, took)
		want.Chunks.MaxMicros = max(want.Chunks.MaxMicros, took)
	}
	want.Chunks.MeanMicros = total.Microseconds() / int64(want.Chunks.Count)
	if want.Chunks.Count != 72 {
		t.Errorf("%d chunks, want 72", want.Chunks.Count)
	}
	runs := get(t, collector)
	if len(runs) != 1 {
		t.Fatalf("%d runs, want 1", len(runs))
	}
	got := runs[0]
	slowest := got.Chunks.SlowestFrom
	got.Started, got.ItemsPerSec, got.ElapsedMilli, got.Chunks.SlowestFrom = want.Started, 0, 0, 0
	if got != want {
		t.Errorf("served %+v\nwant   %+v", got, want)
	}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		if c.Offset == slowest && c.Duration.Microseconds() != want.Chunks.MaxMicros {
			t.Errorf("the slowest chunk begins at %d, which took %v", slowest, c.Duration)
		}
	}
}

// TestRunning reads the record during a run.
func TestRunning(t *testing.T) {
	collector := new(Collector)
	exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1), core.WithProgressInterval(0))
	reported, once := make(chan struct{}), sync.Once{}
	exec.Register(collector, core.OnProgress(func(p core.Progress) {
		if p.ItemsDone == 3 {
			once.Do(func() { close(reported) }) // after the collector, which was registered first
		}
	}))
	var runs []runRecord
	err := core.ForEach(t.Context(), exec, []int{0, 1, 2, 3, 4}, func(_ context.Context, i int) error {
		if i == 3 {
			<-reported
			runs = get(t, collector)
		}
		return nil
	})
	if err != nil || len(runs) != 1 {
		t.Fatal(err, runs)
	}
	if r := runs[0]; r.Outcome != "running" || r.ItemsDone != 3 || r.Items != 5 {
		t.Errorf("served %+v, want 3 of 5 items of a running run", r)
	}
}

// TestManyRuns checks that the number of runs is bounded and that concurrent
// runs have separate records.
func TestManyRuns(t *testing.T) {
	collector := new(Collector)
	var all sync.WaitGroup
	for i := range keptRuns {
		all.Go(func() {
			exec := core.NewExecutor(core.WithName(fmt.Sprint("other", i)))
			exec.Register(collector)
			_ = core.ForEach(t.Context(), exec, make([]int, 10), func(context.Context, int) error { return nil })
		})
	}
	all.Wait()
	for i := range keptRuns - 1 {
		exec := core.NewExecutor(core.WithName(fmt.Sprint(i)))
		exec.Register(collector)
		_ = core.ForEach(t.Context(), exec, make([]int, i), func(context.Context, int) error { return nil })
	}
	runs := get(t, collector)
	if len(runs) != keptRuns {
		t.Fatalf("%d runs, want %d", len(runs), keptRuns)
	}
	for i, r := range runs[:keptRuns-1] {
		if n := keptRuns - 2 - i; r.Executor != fmt.Sprint(n) || r.ItemsDone != n {
			t.Errorf("run %d is %+v, want that of executor %d, the newest first", i, r, n)
		}
	}
	if last := runs[keptRuns-1]; last.ItemsDone != 10 || last.Outcome != "ok" {
		t.Errorf("the oldest run is %+v", last)
	}
}

// get requests the runs of the collector.
func get(t *testing.T, c *Collector) []runRecord {
	t.Helper()
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs", nil))
	return decode(t, w.Body.String())
}

func decode(t *testing.T, text string) []runRecord {
	t.Helper()
	var answer struct{ Runs []runRecord }
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		t.Errorf("%v:\n%s", err, text)
	}
	return answer.Runs
}
