package live_test

import (
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/live"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return noon.Add(time.Duration(seconds) * time.Second) }

func TestStateAfterARun(t *testing.T) {
	var x live.Executor
	if got := x.Read(); got != (live.State{}) {
		t.Errorf("a new Executor reads %+v", got)
	}
	r := x.Start(core.RunStart{Items: 10, Workers: 2, Started: at(0)})
	r.WorkerStart()
	r.Progress(core.Progress{At: at(1), ItemsDone: 5, ChunksActive: 2, OldestChunk: core.ActiveChunk{Started: at(1)}, Throughput: 5})
	r.End(core.RunEnd{Ended: at(2), Duration: 2 * time.Second, Outcome: core.OutcomeError})
	r.WorkerEnd()
	r.Progress(core.Progress{ItemsDone: 7})
	r.End(core.RunEnd{Ended: at(9), Outcome: core.OutcomeOK})
	want := live.State{LastStart: at(0), LastCompletion: at(2), LastDuration: 2 * time.Second}
	if got := x.Read(); got != want {
		t.Errorf("after the run got %+v, want %+v", got, want)
	}
}

func TestLastRunsOutOfOrder(t *testing.T) {
	var x live.Executor
	first, second := x.Start(core.RunStart{Started: at(0)}), x.Start(core.RunStart{Started: at(1)})
	second.End(core.RunEnd{Ended: at(5), Duration: 4 * time.Second, Outcome: core.OutcomeOK})
	first.End(core.RunEnd{Ended: at(4), Duration: 4 * time.Second, Outcome: core.OutcomePanic}) // reported late
	x.Start(core.RunStart{Started: at(8)}).End(core.RunEnd{Ended: at(9), Duration: time.Second, Outcome: core.OutcomeCanceled})
	want := live.State{LastStart: at(8), LastCompletion: at(9), LastSuccess: at(5), LastDuration: time.Second}
	if got := x.Read(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestActiveRunsAddUp(t *testing.T) {
	var x live.Executor
	known := x.Start(core.RunStart{Items: 100, Workers: 4, Started: at(10)})
	known.WorkerStart()
	known.WorkerStart()
	known.WorkerEnd()
	known.Progress(core.Progress{
		At: at(20), ItemsDone: 30, ChunksActive: 1, OldestChunk: core.ActiveChunk{Started: at(19)}, Throughput: 3,
		Remaining: core.Estimate{Known: true, Expected: 10 * time.Second},
	})
	startRun := x.Start(core.RunStart{Items: 100, Started: at(5)}) // of Executor.Start: no limit, no worker events
	startRun.Progress(core.Progress{
		At: at(20), ItemsDone: 170, ChunksActive: 3, OldestChunk: core.ActiveChunk{Started: at(15)}, Throughput: 7,
		Remaining: core.Estimate{Known: true, Expected: 5 * time.Second},
	})
	want := live.State{
		RunsActive: 2, OldestRunStart: at(5), LastStart: at(10),
		Workers: 4, WorkersActive: 1 + 3, ChunksActive: 4, OldestChunkStart: at(15),
		ItemsExpected: 200, ItemsDone: 130, Progress: 0.65, HasProgress: true, Throughput: 10,
		EstimatedCompletion: at(30),
	}
	if got := x.Read(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	endless := x.Start(core.RunStart{Items: -1, Started: at(21)})
	endless.Progress(core.Progress{At: at(22), ItemsDone: 1000})
	want.RunsActive, want.LastStart, want.EstimatedCompletion = 3, at(21), time.Time{}
	if got := x.Read(); got != want {
		t.Errorf("with a run of unknown total\ngot  %+v\nwant %+v", got, want)
	}
}

func TestProgressOfAnEmptyRunIsOne(t *testing.T) {
	var x live.Executor
	x.Start(core.RunStart{Items: 0, Started: at(0)})
	if got := x.Read(); !got.HasProgress || got.Progress != 1 {
		t.Errorf("progress %v %v, want 1", got.HasProgress, got.Progress)
	}
}

func TestRemaining(t *testing.T) {
	s := live.State{EstimatedCompletion: at(10)}
	if left, known := s.Remaining(at(4)); !known || left != 6*time.Second {
		t.Errorf("got %v, %v", left, known)
	}
	if left, known := s.Remaining(at(11)); !known || left != 0 {
		t.Errorf("after the estimated end: got %v, %v", left, known)
	}
	if _, known := (live.State{}).Remaining(at(0)); known {
		t.Error("Remaining is known without an estimate")
	}
}

func TestNilRunDoesNothing(*testing.T) {
	var none *live.Run
	none.WorkerStart()
	none.WorkerEnd()
	none.Progress(core.Progress{})
	none.End(core.RunEnd{})
}

func TestConcurrentUse(t *testing.T) {
	var (
		x  live.Executor
		wg sync.WaitGroup
	)
	for range 8 {
		wg.Go(func() {
			for range 200 {
				r := x.Start(core.RunStart{Items: 10, Workers: 1, Started: at(0)})
				r.WorkerStart()
				r.Progress(core.Progress{ItemsDone: 10, ChunksActive: 1})
				if s := x.Read(); s.Progress < 0 || s.Progress > 1 || s.WorkersActive > s.RunsActive || s.RunsActive < 1 {
					t.Errorf("read %+v", s)
				}
				r.WorkerEnd()
				r.End(core.RunEnd{Ended: at(1), Duration: time.Second, Outcome: core.OutcomeOK})
			}
		})
	}
	wg.Wait()
	want := live.State{LastStart: at(0), LastCompletion: at(1), LastSuccess: at(1), LastDuration: time.Second}
	if got := x.Read(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
