package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/webhookhook"
)

var errIncomplete = fmt.Errorf("core: %w", errors.New("the run ended with 30 of 100 items done"))

// TestHeadlinesSayHowRunsEnd ends runs with every outcome, with failures and without.
func TestHeadlinesSayHowRunsEnd(t *testing.T) {
	const later = core.OutcomePanic + 1 // one that is not known here and is no failure
	for name, c := range map[string]struct {
		outcome             core.Outcome
		items, done, failed int
		err                 error
		want                string
	}{
		"canceled":                {core.OutcomeCanceled, 100, 30, 0, context.Canceled, "run_canceled: job was canceled after 1.5s: 30 of 100 items done"},
		"canceled, with failures": {core.OutcomeCanceled, 100, 30, 7, errBoom, "run_canceled: job was canceled after 1.5s: 30 of 100 items done, 7 failed (errors.errorString 7)"},
		"canceled, no total":      {core.OutcomeCanceled, -1, 30, 7, errBoom, "run_canceled: job was canceled after 1.5s: 30 items done, 7 failed (errors.errorString 7)"},
		"failed":                  {core.OutcomeError, 100, 30, 7, errBoom, "run_failed: job failed after 1.5s: 7 of 100 items failed (errors.errorString 7)"},
		"ended too early":         {core.OutcomeError, 100, 30, 0, errIncomplete, "run_failed: job failed after 1.5s: 30 of 100 items done"},
		"failed without an item":  {core.OutcomeError, 100, 30, 0, context.DeadlineExceeded, "run_failed: job failed after 1.5s: 30 of 100 items done (timeout)"},
		"failed at its end":       {core.OutcomeError, 100, 100, 0, context.DeadlineExceeded, "run_failed: job failed after 1.5s: timeout"},
		"failed, no total":        {core.OutcomeError, -1, 30, 0, context.DeadlineExceeded, "run_failed: job failed after 1.5s: timeout"},
		"panicked":                {core.OutcomePanic, 100, 30, 1, errBoom, "run_failed: job failed after 1.5s: 1 of 100 items failed (errors.errorString 1)"},
		"succeeded":               {core.OutcomeOK, 100, 100, 0, nil, "run_succeeded: job succeeded: 100 items done in 1.5s"},
		"partial":                 {core.OutcomePartial, 1000, 1000, 4, errBoom, "run_succeeded: job succeeded: 1,000 items done in 1.5s, 4 failed as tolerated (errors.errorString 4)"},
		"a later outcome":         {later, 100, 100, 7, errBoom, "run_succeeded: job succeeded: 100 items done in 1.5s, 7 failed (errors.errorString 7)"},
		"no outcome":              {0, 100, 100, 0, nil, "run_failed: job failed after 1.5s"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				h := e.hook(webhookhook.WithEvents(webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunSucceeded))
				start := core.RunStart{Executor: "job", RunID: "1", Items: c.items, Started: time.Now()}
				ctx := h.OnRunStart(t.Context(), start)
				for range c.failed {
					h.OnItemFailure(ctx, core.ItemFailure{Index: 8, Items: 1, Err: c.err})
				}
				h.OnRunEnd(ctx, core.RunEnd{
					RunStart: start, Duration: 1500 * time.Millisecond, ItemsDone: c.done, ItemsFailed: c.failed, Outcome: c.outcome, Err: c.err,
				})
				checkShutdown(t, h, "")
				d := e.attempts()[0].document(t)
				if got := d.Event + ": " + d.Text; got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}
