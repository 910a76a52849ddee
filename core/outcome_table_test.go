package core_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// outcomeEnding is a way for a run to end. The user's function makes it happen at one
// item.
type outcomeEnding struct {
	name    string
	outcome core.Outcome
	before  bool // the context is cancelled before the run
	bubble  bool // the run is in a synctest bubble
	item    func(e *endingItems, ctx context.Context, i, size int) error
}

// endingItems is what the items of an outcomeEnding use.
type endingItems struct {
	*itemTracker
	total  int
	cancel context.CancelCauseFunc
}

// endingItem is the item that ends the run: in the middle of a chunk and of the run.
const endingItem = 10

func outcomeEndings() []outcomeEnding {
	at := func(does func(e *endingItems, ctx context.Context) error) func(*endingItems, context.Context, int, int) error {
		return func(e *endingItems, ctx context.Context, i, _ int) error {
			if i != endingItem {
				return nil
			}
			return does(e, ctx)
		}
	}
	all := func(*endingItems, context.Context, int, int) error { return nil }
	return []outcomeEnding{
		{name: "ok", outcome: core.OutcomeOK, item: all},
		{name: "error", outcome: core.OutcomeError, item: at(func(*endingItems, context.Context) error { return errBoom })},
		{name: "panic", outcome: core.OutcomePanic, item: at(func(*endingItems, context.Context) error { panic(errBoom) })},
		{name: "Goexit", outcome: core.OutcomePanic, item: at(func(*endingItems, context.Context) error {
			runtime.Goexit()
			return nil
		})},
		{name: "cancelled before", outcome: core.OutcomeCanceled, before: true, item: all},
		{name: "cancelled during", outcome: core.OutcomeCanceled, item: at(func(e *endingItems, ctx context.Context) error {
			e.cancel(errStop)
			return ctx.Err()
		})},
		// Nothing is left to do when the cancellation comes, and the source of a
		// stream has ended: the run is complete.
		{name: "cancelled at the last item", outcome: core.OutcomeOK, bubble: true, item: func(e *endingItems, _ context.Context, i, size int) error {
			if i == e.total-1 {
				e.waitFor(e.total - size)
				synctest.Wait()
				e.cancel(errStop)
			}
			return nil
		}},
	}
}

// failurePolicy is what a run does at a failure.
type failurePolicy struct {
	name            string
	continueOnError bool
	tolerates       bool // the failures of an outcomeEnding
}

var failurePolicies = []failurePolicy{
	{name: "stops"},
	{name: "goes on", continueOnError: true},
	{name: "tolerates", continueOnError: true, tolerates: true},
}

// TestOutcomeTable tests all endings of all forms, with and without hooks: workers have
// a loop for each.
func TestOutcomeTable(t *testing.T) {
	for _, form := range runForms() {
		for _, end := range outcomeEndings() {
			for _, workers := range []int{1, 2, 8} {
				for _, policy := range failurePolicies {
					for _, watched := range []bool{false, true} {
						name := fmt.Sprintf("%s/%s/workers=%d/%s/hooks=%v", form.name, end.name, workers, policy.name, watched)
						t.Run(name, func(t *testing.T) {
							c := &outcomeCase{runForm: form, outcomeEnding: end, workers: workers, failurePolicy: policy}
							if watched {
								c.recorder = hooktest.NewRecorder()
							}
							if end.bubble {
								synctest.Test(t, c.test)
							} else {
								c.test(t)
							}
						})
					}
				}
			}
		}
	}
}

// outcomeCase is one row of the table and its result.
type outcomeCase struct {
	runForm
	outcomeEnding
	failurePolicy
	workers  int
	recorder *hooktest.Recorder // nil if the run has no hooks

	workload workload
	items    *itemTracker
	result   formResult
}

func (c *outcomeCase) test(t *testing.T) {
	t.Helper()
	const n = 24
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	c.items = newItemTracker(n)
	run := &endingItems{c.items, n, cancel}
	c.workload = workload{items: n, workers: c.workers, continueOnError: c.continueOnError}
	c.workload.process = c.items.process(func(ctx context.Context, i, size int) error { return c.item(run, ctx, i, size) })
	if c.before {
		cancel(errStop)
	}
	e := c.workload.executor()
	if c.tolerates {
		e = c.workload.executor(core.WithMaxFailedItems(workloadChunk))
	}
	if c.recorder != nil {
		e.Register(c.recorder)
	}
	c.result = c.runForm.run(ctx, e, c.workload)

	c.checkItems(t)
	if c.stream {
		c.checkYielded(t)
	} else {
		c.checkValues(t)
	}
	if c.ownLoop {
		c.checkFailedCalls(t)
	}
	if c.recorder != nil {
		c.checkEvents(t)
	}
	// Start returns no error, and a stream with failures in place yields none at its end.
	// Hooks get it.
	err := c.result.err
	if c.ownLoop || c.stream && c.continueOnError && c.outcomeEnding.outcome >= core.OutcomeError {
		if err != nil {
			t.Errorf("the caller got %v beside what it knows already", err)
		}
		if c.recorder == nil {
			return
		}
		err = onlyOne[core.RunEnd](t, c.recorder).Err
	}
	c.checkError(t, err)
}

// runOutcome returns the expected outcome of the run. Chunks and items have that of
// the ending.
func (c *outcomeCase) runOutcome() core.Outcome {
	if c.tolerates && c.outcomeEnding.outcome == core.OutcomeError {
		return core.OutcomePartial
	}
	return c.outcomeEnding.outcome
}

func (c *outcomeCase) endingName() string { return c.outcomeEnding.name }
