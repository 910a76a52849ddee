package uihook_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func TestTheRunThatIsShownStaysTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		shown := func() string {
			time.Sleep(time.Second)
			return readSnapshot(t, h).Run.ID
		}
		end := func(ctx context.Context, start core.RunStart) {
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, Ended: time.Now()})
		}
		outer, outerStart := startRun(h, "outer", 10, 1)
		inner, innerStart := startRun(h, "inner", 10, 1)
		if id := shown(); id != "outer" {
			t.Errorf("of two active runs the page shows %s", id)
		}
		end(inner, innerStart)
		if id := shown(); id != "outer" {
			t.Errorf("after the end of the other the page shows %s", id)
		}
		end(outer, outerStart)
		if id := shown(); id != "inner" {
			t.Errorf("of ended runs the page shows %s, not the one that began last", id)
		}
	})
}

func TestThePageSaysWhenTheRunEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		ctx, start := startRun(h, "r", 10, 1)
		wantPart(t, get(t, h, "/").text, "as of ")
		time.Sleep(time.Minute)
		ended := time.Now()
		h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, ItemsDone: 10, Ended: ended, Duration: time.Minute})
		time.Sleep(time.Hour)
		wantPart(t, get(t, h, "/").text, ended.Format(`ended <time datetime="2006-01-02T15:04:05Z07:00" title="2006-01-02T15:04:05Z07:00">15:04:05<`))
	})
}

func TestThePageKeepsFiftyRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		for i := range 60 {
			ctx, start := startRun(h, fmt.Sprint(i), 10, 1)
			h.OnChunkEnd(ctx, chunkOf(start, 0, 0))
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, Chunks: 1, ItemsDone: 10, Duration: time.Second})
		}
		s := readSnapshot(t, h)
		if len(s.Runs) != 50 || s.Runs[0].ID != "59" || s.Runs[49].ID != "10" || s.Runs[49].Max != s.Runs[0].Max {
			t.Errorf("%d runs, from %s to %s", len(s.Runs), s.Runs[0].ID, s.Runs[len(s.Runs)-1].ID)
		}
		old := decode[snapshot](t, get(t, h, "/api/v1/snapshot?run=11").text)
		if old.Run.ID != "10" || len(old.Run.Lanes) != 0 || old.Run.Chunks != 1 || len(old.Run.Histogram) == 0 {
			t.Errorf("an old run: %+v", old.Run)
		}
		for range 60 {
			startRun(h, "active", 10, 1)
		}
		time.Sleep(time.Second)
		if s := readSnapshot(t, h); len(s.Runs) != 50 || s.RunsNotShown != 10 {
			t.Errorf("%d active runs, %d not shown", len(s.Runs), s.RunsNotShown)
		}
	})
}

func TestTwoRunsAreComparedAtEqualProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		for run := range 2 {
			ctx, start := startRun(h, fmt.Sprint(run), 1000, 1)
			for i := 1; i <= 100; i++ {
				time.Sleep(time.Second)
				if run == 1 && i > 50 {
					time.Sleep(time.Second) // the second half is slower
				}
				h.OnProgress(ctx, core.Progress{Items: 1000, ItemsDone: 10 * i, Elapsed: time.Since(start.Started)})
			}
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, ItemsDone: 1000, Duration: time.Since(start.Started)})
		}
		both := decode[struct{ A, B struct{ Curve []float64 } }](t, get(t, h, "/api/v1/compare?a=1&b=2").text)
		a, b := both.A.Curve, both.B.Curve
		if len(a) != 100 || len(b) != 100 || math.Abs(a[20]-10) > 1 || math.Abs(a[80]-10) > 1 || math.Abs(b[20]-10) > 1 || math.Abs(b[80]-5) > 1 {
			t.Errorf("curves\n%v\n%v", a, b)
		}
		wantPart(t, get(t, h, "/compare?a=1&b=2").text, "<td>1m40s</td><td>2m30s</td><td>1.50×</td>", "<td>1,000</td><td>1,000</td><td>1.00×</td>")
	})
}

// TestTheLastPercentHasItsOwnTime ends a run shortly after a bin began. The speed of
// that bin is not the speed of the last percent.
func TestTheLastPercentHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t)
		ctx, start := startRun(h, "tail", 1000, 1)
		for _, step := range []struct {
			wait time.Duration
			done int
		}{{99_500 * time.Millisecond, 995}, {500 * time.Millisecond, 999}, {10 * time.Millisecond, 1000}} {
			time.Sleep(step.wait)
			h.OnProgress(ctx, core.Progress{Items: 1000, ItemsDone: step.done, Elapsed: time.Since(start.Started)})
		}
		h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Outcome: core.OutcomeOK, ItemsDone: 1000, Duration: time.Since(start.Started)})
		both := decode[struct{ A struct{ Curve []float64 } }](t, get(t, h, "/api/v1/compare?a=1&b=1").text)
		if c := both.A.Curve; len(c) != 100 || math.Abs(c[50]-10) > 1 || math.Abs(c[99]-10) > 1 {
			t.Errorf("10 items a second all the time give the curve %v", c)
		}
	})
}

func TestHealthOfHooksIsShown(t *testing.T) {
	counting := &countingHook{}
	h := newHookWithStats(t, counting)
	h.OnFault(context.Background(), core.Fault{Hook: "mine"})
	s := readSnapshot(t, h)
	if len(s.Exporters) != 2 || s.Exporters[0].Hook != "counting" || s.Exporters[0].Dropped["queue_full"] != 1 || s.Exporters[1].Hook != "mine" || s.Exporters[1].Faults != 1 {
		t.Errorf("exporters: %+v", s.Exporters)
	}
	if s.Attention[0].Alert != "HookDropping" {
		t.Errorf("attention: %+v", s.Attention)
	}
	wantPart(t, get(t, h, "/").text, "losing", "The hook counting has given up 1 since its process started, for the reason queue_full.")
}

// TestViewersAndWorkersDoNotMeet is for the race detector: viewers read all parts of
// many runs while their workers write.
func TestViewersAndWorkersDoNotMeet(t *testing.T) {
	h := newHook(t, uihook.WithStatsFrom(&countingHook{}))
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(80), core.WithChunkSize(1), core.WithContinueOnError(), core.WithProgressInterval(0))
	exec.Register(h)
	var wg sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		wg.Go(func() {
			for n := i; ; n++ {
				select {
				case <-done:
					return
				default: // a run that nobody has asked for is built at once
					_ = get(t, h, fmt.Sprintf("/?run=%d", n%30+1))
					_ = get(t, h, fmt.Sprintf("/compare?a=%d&b=%d", n%30+1, n%7+1))
				}
			}
		})
	}
	for range 30 {
		_ = core.ForEach(t.Context(), exec, make([]int, 300), func(ctx context.Context, _ int) error {
			if c, _ := core.ChunkFrom(ctx); c.Index%50 == 7 {
				return errBadRow
			}
			return nil
		})
	}
	close(done)
	wg.Wait()
}

var errBadRow = errors.New("bad row")
