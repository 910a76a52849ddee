package webhookhook_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// TestFirstFailure is sent after 5 s, with the number of failures so far.
func TestFirstFailure(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithContinueOnError())
		exec.Register(h)
		_ = core.ForEach(t.Context(), exec, make([]int, 100), func(context.Context, int) error {
			time.Sleep(130 * time.Millisecond)
			return errBoom
		})
		checkShutdown(t, h, "")
		checkTexts(t, e,
			"first_failure: import has failures after 5.1s: 39 of 100 items failed (errors.errorString 39)",
			"failed: import failed after 13s: 100 of 100 items failed (errors.errorString 100)")
		if body := string(e.attempts()[0].body); !strings.Contains(body, `"first_failure":{"type":"errors.errorString","text":"boom","item":0}`) {
			t.Errorf("got %s", body)
		}
	})
}

// TestFirstFailureOfAShortRun is sent if the end of the run is not.
func TestFirstFailureOfAShortRun(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithEvents(webhookhook.FirstFailure))
		runOnce(t, "import", errBoom, h)
		checkShutdown(t, h, "")
		if got := e.texts(); len(got) != 1 || !strings.HasPrefix(got[0], "first_failure: import has failures after ") {
			t.Errorf("got %q", got)
		}
	})
}

func TestShutdownSendsFirstFailures(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		exec := core.NewExecutor(core.WithName("import"))
		exec.Register(h)
		ctx, r := exec.Start(t.Context(), 10)
		_ = r.Chunk(ctx, 1, func(context.Context) error { return errBoom })
		checkShutdown(t, h, "") // while the run goes on
		r.End(nil)
		checkTexts(t, e, "first_failure: import has failures after 0s: 1 of 10 items failed (errors.errorString 1)")
	})
}

// TestFailureAfterTheEnd calls the hook in an order that core does not use.
func TestFailureAfterTheEnd(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "import", Items: 1, Started: time.Now()})
		h.OnRunEnd(ctx, core.RunEnd{RunStart: core.RunStart{Executor: "import", Items: 1}, Outcome: core.OutcomeOK})
		h.OnItemFailure(ctx, core.ItemFailure{Items: 1, Err: errBoom})
		time.Sleep(time.Minute)
		checkShutdown(t, h, "")
		checkTexts(t, e)
	})
}

func TestProgress(t *testing.T) {
	job := func(t *testing.T, e *endpoint, opts ...webhookhook.Option) {
		t.Helper()
		h := e.hook(opts...)
		exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(1))
		exec.Register(h)
		if err := core.ForEach(t.Context(), exec, make([]int, 100), func(context.Context, int) error {
			time.Sleep(time.Second)
			return nil
		}); err != nil {
			t.Error(err)
		}
		checkShutdown(t, h, "")
	}
	t.Run("milestones", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			job(t, e, webhookhook.WithMilestones(75, 25, 50))
			got := e.texts()
			for i, want := range []string{
				"progress: import is at 25 of 100 (25%) after 25",
				"progress: import is at 50 of 100 (50%) after 50",
				"progress: import is at 75 of 100 (75%) after 1m15s, about ",
			} {
				if len(got) != 3 || !strings.HasPrefix(got[i], want) {
					t.Fatalf("got %q, want %q", got, want)
				}
			}
		})
	})
	// Core reports progress ten times a second, and at least once a second.
	gaps := func(t *testing.T, e *endpoint, least, most time.Duration) {
		t.Helper()
		times := e.arrivals()
		for i, at := range times {
			before := time.Duration(0)
			if i > 0 {
				before = times[i-1]
			}
			if gap := at - before; gap < least || gap > most {
				t.Errorf("messages at %v", times)
			}
		}
		if len(times) != 3 {
			t.Errorf("%d messages", len(times))
		}
	}
	t.Run("interval", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			job(t, e, webhookhook.WithProgressInterval(30*time.Second))
			gaps(t, e, 30*time.Second, 31*time.Second)
		})
	})
	t.Run("both", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			job(t, e, webhookhook.WithProgressInterval(30*time.Second), webhookhook.WithMilestones(50))
			gaps(t, e, 19*time.Second, 31*time.Second)
		})
	})
	t.Run("several milestones at once are one message", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook(webhookhook.WithMilestones(25, 50, 75))
			ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "import", Items: 100, Started: time.Now()})
			h.OnProgress(ctx, core.Progress{Items: 100, ItemsDone: 60})
			h.OnProgress(ctx, core.Progress{Items: 100, ItemsDone: 100})
			checkShutdown(t, h, "")
			checkTexts(t, e, "progress: import is at 60 of 100 (60%) after 0s")
		})
	})
}

func TestAnomalies(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithRepeatInterval(0))
		ctx := h.OnRunStart(t.Context(), core.RunStart{Executor: "import", RunID: "1", Items: 100, Started: time.Now()})
		report := func(kind core.AnomalyKind, over bool) {
			h.OnAnomaly(ctx, core.Anomaly{Executor: "import", RunID: "1", Kind: kind, Over: over, Message: "nothing ended for 2m"})
			time.Sleep(2 * time.Second)
		}
		report(core.AnomalyStall, true) // its beginning was not sent
		report(core.AnomalyStall, false)
		report(core.AnomalyStall, false)
		report(core.AnomalySlowChunk, false)
		report(core.AnomalyStall, true)
		report(core.AnomalyStall, true)
		for i := range 100 { // unknown kinds count as one
			report(core.AnomalyKind(fmt.Sprint("kind ", i)), false)
		}
		checkShutdown(t, h, "")
		checkTexts(t, e,
			"anomaly: import: stall: nothing ended for 2m",
			"anomaly: import: slow_chunk: nothing ended for 2m",
			"anomaly: import: stall is over: nothing ended for 2m",
			"anomaly: import: kind 0: nothing ended for 2m")
	})
}
