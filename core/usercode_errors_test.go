package core_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// Errors of which one method calls runtime.Goexit.
type (
	exitsInError  struct{}
	exitsInIs     struct{}
	exitsInAs     struct{}
	exitsInUnwrap struct{}
)

func (exitsInError) Error() string  { runtime.Goexit(); return "" }
func (exitsInIs) Error() string     { return "exits in Is" }
func (exitsInIs) Is(error) bool     { runtime.Goexit(); return false }
func (exitsInAs) Error() string     { return "exits in As" }
func (exitsInAs) As(any) bool       { runtime.Goexit(); return false }
func (exitsInUnwrap) Error() string { return "exits in Unwrap" }
func (exitsInUnwrap) Unwrap() error { runtime.Goexit(); return nil }

var exitingErrors = []error{exitsInError{}, exitsInIs{}, exitsInAs{}, exitsInUnwrap{}}

// An error whose methods exit fails its item and no other, and the run ends. With
// a cancelled context, core asks the error whether it is that cancellation.
func testUserErrorExits(t *testing.T) {
	for _, bad := range exitingErrors {
		for _, form := range runForms() {
			for _, continueOnError := range []bool{false, true} {
				for _, cancelled := range []bool{false, true} {
					for _, panics := range []bool{false, true} {
						name := fmt.Sprintf("%T/%s/continue=%v/cancelled=%v/panics=%v", bad, form.name, continueOnError, cancelled, panics)
						t.Run(name, func(t *testing.T) {
							w := workload{items: 12, workers: 2, continueOnError: continueOnError}
							testErrorExits(t, form, w, bad, cancelled, panics)
						})
					}
				}
			}
		}
	}
	t.Run("End", func(t *testing.T) {
		for _, bad := range exitingErrors {
			t.Run(fmt.Sprintf("%T", bad), func(t *testing.T) {
				testRunErrorExits(t, func(ctx context.Context, e *core.Executor) {
					_, run := e.Start(ctx, 0)
					run.End(bad)
				})
			})
		}
	})
	t.Run("source", func(t *testing.T) {
		for _, bad := range exitingErrors {
			t.Run(fmt.Sprintf("%T", bad), func(t *testing.T) {
				testRunErrorExits(t, func(ctx context.Context, e *core.Executor) {
					drain(core.Stream(ctx, e, countTo(10, bad), func(_ context.Context, i int) (int, error) { return i, nil }))
				})
			})
		}
	})
}

// testErrorExits fails one item, or its chunk, with bad.
func testErrorExits(t *testing.T, form runForm, w workload, bad error, cancelled, panics bool) {
	t.Helper()
	const failing = 4
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	items, rec := newItemTracker(w.items), hooktest.NewRecorder()
	w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
		if lo > failing || failing >= hi {
			items.set(lo, hi, itemSucceeded)
			return square(ctx, lo, hi)
		}
		items.set(lo, hi, itemFailed)
		if cancelled {
			cancel()
		}
		if panics {
			panic(bad)
		}
		return nil, bad
	}
	e := w.executor()
	e.Register(rec)
	var result formResult
	returned := false
	onNewGoroutine(func() {
		result = form.run(ctx, e, w)
		returned = true
	})
	if !returned {
		t.Fatal("the caller's goroutine ended")
	}

	workers := w.workers
	if form.ownLoop {
		workers = 0
	}
	checkPairs(t, rec, workers)
	end := onlyOne[core.RunEnd](t, rec)
	succeeded, failed := items.count(itemSucceeded), items.count(itemFailed)
	stopped := cancelled && !panics && end.Outcome == core.OutcomeCanceled // before the failure
	if end.ItemsFailed != failed || end.ItemsDone != failed+succeeded || !end.Outcome.Failed() && !stopped {
		t.Errorf("%d items done, %d failed, outcome %v; want %d, %d and a failure", end.ItemsDone, end.ItemsFailed, end.Outcome, failed+succeeded, failed)
	}
	if w.continueOnError && !cancelled && failed+succeeded != w.items {
		t.Errorf("%d of %d items were done", failed+succeeded, w.items)
	}
	if len(hooktest.Of[core.ItemFailure](rec)) != 1 {
		t.Errorf("failures %v, want one", hooktest.Of[core.ItemFailure](rec))
	}
	for i, state := range items.states {
		if !form.stream && state == itemSucceeded && result.values[i] != valueOf(i) {
			t.Errorf("result %d is %d, want %d", i, result.values[i], valueOf(i))
		}
	}
}

// testRunErrorExits checks that a run ends, and returns to its caller, whose error
// as a whole exits.
func testRunErrorExits(t *testing.T, run func(context.Context, *core.Executor)) {
	t.Helper()
	rec, returned := hooktest.NewRecorder(), false
	e := core.NewExecutor(core.WithWorkers(2))
	e.Register(rec)
	onNewGoroutine(func() {
		run(t.Context(), e)
		returned = true
	})
	if problems := rec.Unpaired(); !returned || problems != nil {
		t.Fatalf("the caller's goroutine goes on: %v; %v", returned, problems)
	}
	if end := onlyOne[core.RunEnd](t, rec); end.Outcome != core.OutcomeError || end.Err == nil {
		t.Errorf("the run ended %v", end.Outcome)
	}
}
