package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// texts returns the messages that arrived, as "event: text".
func (e *endpoint) texts() []string {
	e.t.Helper()
	var all []string
	for _, a := range e.attempts() {
		d := a.document(e.t)
		all = append(all, strings.TrimPrefix(d.Event, "run_")+": "+d.Text)
	}
	return all
}

func checkTexts(t *testing.T, e *endpoint, want ...string) {
	t.Helper()
	if got := e.texts(); !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestDefaultEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		runOnce(t, "nightly", nil, h) // nothing
		runOnce(t, "nightly", errBoom, h)
		time.Sleep(2 * time.Minute)
		runOnce(t, "nightly", errBoom, h)
		time.Sleep(2 * time.Minute)
		runOnce(t, "nightly", nil, h)
		runOnce(t, "nightly", nil, h) // nothing
		runOnce(t, "other", nil, h)   // has not failed
		checkShutdown(t, h, "")
		checkTexts(t, e,
			"failed: nightly failed after 0s: 1 of 1 item failed (errors.errorString 1)",
			"failed: nightly failed after 0s: 1 of 1 item failed (errors.errorString 1)",
			"recovered: nightly recovered after 2 failed runs: 1 item done in 0s")
	})
}

func TestEnabledEvents(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunSucceeded))
		runOnce(t, "nightly", errBoom, h)
		time.Sleep(2 * time.Minute)
		runOnce(t, "nightly", nil, h) // a success like any other, as no recovery was asked for
		checkShutdown(t, h, "")
		checkTexts(t, e,
			"started: nightly started: 1 item on 1 worker",
			"started: nightly started: 1 item on 1 worker",
			"succeeded: nightly succeeded: 1 item done in 0s")
	})
}

// TestCanceledRunsAreNeutral cancels runs, which are neither failures nor recoveries.
func TestCanceledRunsAreNeutral(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		cancelled := func() {
			exec := core.NewExecutor(core.WithName("nightly"))
			exec.Register(h)
			_ = core.ForEach(closing.Done(), exec, make([]int, 3), func(context.Context, int) error { return nil })
		}
		cancelled()
		runOnce(t, "nightly", nil, h) // nothing
		runOnce(t, "nightly", errBoom, h)
		time.Sleep(2 * time.Minute)
		cancelled()
		runOnce(t, "nightly", nil, h)
		checkShutdown(t, h, "")
		checkTexts(t, e,
			"canceled: nightly was canceled after 0s: 0 of 3 items done",
			"failed: nightly failed after 0s: 1 of 1 item failed (errors.errorString 1)",
			"canceled: nightly was canceled after 0s: 0 of 3 items done",
			"recovered: nightly recovered after 1 failed run: 1 item done in 0s")
	})
}

// TestRepeatsAreMerged lets a run fail every second. It sends a message a minute.
func TestRepeatsAreMerged(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		for i := range 90 {
			runOnce(t, "loop", errBoom, h)
			if i == 0 { // from here on at no whole second
				time.Sleep(500 * time.Millisecond)
				continue
			}
			time.Sleep(time.Second)
		}
		checkTimes(t, "messages", e.arrivals(), 0, 60)
		runOnce(t, "loop", nil, h) // includes the pending end
		synctest.Wait()
		checkTimes(t, "messages", e.arrivals(), 0, 60, 89.5)
		d := e.attempts()
		if n := d[1].document(t).History; n.Merged != 59 || n.Failed != 61 {
			t.Errorf("the second message: %+v", n)
		}
		if n := d[2].document(t).History; n.Merged != 29 || n.Failed != 90 {
			t.Errorf("the recovery: %+v", n)
		}
		checkStats(t, h, 91, 3, 0, map[string]uint64{"superseded": 88})
		checkShutdown(t, h, "")
	})
}

// TestShutdownSendsPendingEnds shuts a hook down while the end of a run waits for
// its time.
func TestShutdownSendsPendingEnds(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithRepeatInterval(4 * time.Hour))
		for i := range 5 {
			runOnce(t, "loop", fmt.Errorf("failure %d", i), h)
		}
		checkShutdown(t, h, "")
		got := e.attempts()
		if len(got) != 2 || !strings.Contains(string(got[1].body), "failure 4") || got[1].document(t).History.Merged != 3 {
			t.Errorf("arrived: %v", e.texts())
		}
	})
}

// TestManyExecutors runs 400 executors. Those beyond the first 200 share a state,
// and have no recoveries.
func TestManyExecutors(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook(webhookhook.WithQueueSize(1024))
		for i := range 400 {
			runOnce(t, fmt.Sprint("job ", i), errBoom, h)
		}
		for i := range 400 {
			runOnce(t, fmt.Sprint("job ", i), nil, h)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		if err := h.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		var failed, recovered, merged int
		for _, a := range e.attempts() {
			d := a.document(t)
			merged += d.History.Merged
			switch d.Event {
			case "run_failed":
				failed++
			case "run_recovered":
				recovered++
			}
		}
		if failed+merged != 400 || recovered != 200 {
			t.Errorf("%d failed, %d merged, %d recovered", failed, merged, recovered)
		}
	})
}

// TestTwoHooksDoNotMix registers two hooks with one executor.
func TestTwoHooksDoNotMix(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		a, b := newEndpoint(t), newEndpoint(t)
		x, y := a.hook(), b.hook(webhookhook.WithEvents(webhookhook.RunSucceeded))
		runOnce(t, "nightly", errBoom, x, y)
		runOnce(t, "nightly", nil, x, y)
		checkShutdown(t, x, "")
		checkShutdown(t, y, "")
		if len(a.attempts()) != 2 || len(b.attempts()) != 1 {
			t.Errorf("%v and %v", a.texts(), b.texts())
		}
	})
}

// TestOutcomes ends runs in every way. The error of a run is its first failure.
func TestOutcomes(t *testing.T) {
	for name, c := range map[string]struct {
		fn   func(context.Context, int) error
		want string
	}{
		"error": {func(context.Context, int) error { return errBoom }, "failed: job failed after 0s: 1 of 1 item failed (errors.errorString 1)"},
		"panic": {func(context.Context, int) error { panic("boom") }, "failed: job failed after 0s: 1 of 1 item failed (panic 1)"},
		"timeout": {
			func(context.Context, int) error { return context.DeadlineExceeded },
			"failed: job failed after 0s: 1 of 1 item failed (timeout 1)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				h := e.hook()
				exec := core.NewExecutor(core.WithName("job"))
				exec.Register(h)
				if core.ForEach(t.Context(), exec, []int{0}, c.fn) == nil {
					t.Error("the run did not fail")
				}
				checkShutdown(t, h, "")
				checkTexts(t, e, c.want)
			})
		})
	}
	t.Run("failed without an item", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook()
			exec := core.NewExecutor(core.WithName("job"))
			exec.Register(h)
			_, r := exec.Start(t.Context(), 3)
			r.End(errors.New("no such bucket"))
			checkShutdown(t, h, "")
			checkTexts(t, e, "failed: job failed after 0s: 0 of 3 items done")
			if !strings.Contains(string(e.attempts()[0].body), `"text":"no such bucket"`) {
				t.Errorf("got %s", e.attempts()[0].body)
			}
		})
	})
}
