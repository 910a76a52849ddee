package core_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// exitError is the end of a command, as *exec.ExitError is; -1 stands for a signal.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }
func (e exitError) ExitCode() int { return int(e) }

var _ interface{ ExitCode() int } = (*exec.ExitError)(nil)

// canceledLike is an error that calls itself a cancellation, as those of package net
// do.
type canceledLike struct{}

func (canceledLike) Error() string        { return "operation was canceled" }
func (canceledLike) Is(target error) bool { return target == context.Canceled }

// TestInterruptions has an item return an error while its run stops, for a
// cancellation with a cause of two parts. An error that says no more than that
// leaves the item unfinished; any other error has failed.
func TestInterruptions(t *testing.T) {
	part := errors.New("part of the cause")
	cause := fmt.Errorf("shutting down: %w", errors.Join(errStop, part))
	for name, c := range map[string]struct {
		err         error
		interrupted bool
	}{
		"the context's error":            {context.Canceled, true},
		"wrapped":                        {fmt.Errorf("read: %w", context.Canceled), true},
		"its cause":                      {cause, true},
		"a part of the cause":            {fmt.Errorf("step 2: %w", part), true},
		"several of them":                {errors.Join(context.Canceled, fmt.Errorf("rollback: %w", cause)), true},
		"like a cancellation":            {fmt.Errorf("dial: %w", canceledLike{}), true},
		"a killed command":               {fmt.Errorf("convert: %w", exitError(-1)), true},
		"killed, and the context":        {errors.Join(exitError(-1), context.Canceled), true},
		"a failure":                      {errBoom, false},
		"a failure and the cancellation": {errors.Join(errBoom, fmt.Errorf("rollback: %w", context.Canceled)), false},
		"two wrapped, one a failure":     {fmt.Errorf("%w, then %w", context.Canceled, errBoom), false},
		"a command that failed":          {exitError(1), false},
		"a timeout of its own":           {context.DeadlineExceeded, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			err := core.ForEach(ctx, core.NewExecutor(core.WithWorkers(1)), indexes(2), func(context.Context, int) error {
				cancel(cause)
				return c.err
			})
			run := mustRunError(t, err)
			if run.Outcome != core.OutcomeCanceled || run.Failed(0) == c.interrupted || run.Unfinished(0) != c.interrupted || !run.Unfinished(1) {
				t.Errorf("item 0 failed: %v, unfinished: %v; %v", run.Failed(0), run.Unfinished(0), err)
			}
			if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || !c.interrupted && !errors.Is(err, c.err) {
				t.Errorf("the error lacks the cancellation, its cause, or the failure: %v", err)
			}
		})
	}
}

// TestFirstFailureIsFirst has items fail in another order than the input's, of which
// one was killed because of the first. The error begins with what failed first.
func TestFirstFailureIsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, opts := range [][]core.Option{nil, {core.WithContinueOnError()}} {
			e := core.NewExecutor(append(opts, core.WithWorkers(4), core.WithName("job"))...)
			err := core.ForEach(t.Context(), e, indexes(4), func(ctx context.Context, i int) error {
				select {
				case <-time.After(time.Duration(4-i) * time.Second):
					return fmt.Errorf("failure of %d", i)
				case <-ctx.Done():
					return exitError(-1)
				}
			})
			run := mustRunError(t, err)
			var index int
			for k, want := 0, 3; k < len(run.Errors); k, want = k+1, want-1 {
				item, ok := errors.AsType[*core.ItemError](run.Errors[k])
				if index = -1; ok {
					index = item.Index
				}
				if index != want {
					t.Errorf("failure %d is %v, want that of item %d", k, run.Errors[k], want)
				}
			}
			want := "job: 1 of 4 items failed: item 3: failure of 3"
			if opts != nil {
				want = "job: 4 of 4 items failed: item 3: failure of 3 (and 3 more)"
			}
			if err.Error() != want {
				t.Errorf("text %q\nwant %q", err, want)
			}
		}
	})
}

// TestChunkOfRunThatTimesOut gives a chunk a context of its own that ends: by its
// deadline, which is a failure of the chunk, or as it is cancelled, which leaves it
// unfinished.
func TestChunkOfRunThatTimesOut(t *testing.T) {
	for name, c := range map[string]struct {
		with    func(context.Context) (context.Context, context.CancelFunc)
		failed  int
		outcome core.Outcome
		wraps   error
	}{
		"timed out": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			},
			20, core.OutcomeError, context.DeadlineExceeded,
		},
		"cancelled": {
			func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
			0, core.OutcomeError, core.ErrIncomplete,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var end core.RunEnd
				var failures int
				e := core.NewExecutor()
				e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }), core.OnItemFailure(func(core.ItemFailure) { failures++ }))
				ctx, run := e.Start(t.Context(), 20)
				for range 2 {
					ctx, cancel := c.with(ctx)
					_ = run.Chunk(ctx, 10, func(ctx context.Context) error {
						<-ctx.Done()
						return ctx.Err()
					})
					cancel()
				}
				run.End(nil)
				if end.Outcome != c.outcome || end.ItemsFailed != c.failed || failures != c.failed/10 || !errors.Is(end.Err, c.wraps) {
					t.Errorf("outcome %v, %d items failed, error %v", end.Outcome, end.ItemsFailed, end.Err)
				}
			})
		})
	}
}

// TestEndOfAnIncompleteRun ends runs of Executor.Start early, with and without a
// reason.
func TestEndOfAnIncompleteRun(t *testing.T) {
	for name, c := range map[string]struct {
		items   int
		given   error
		outcome core.Outcome
		wraps   error
		text    string
	}{
		"without a reason": {10, nil, core.OutcomeError, core.ErrIncomplete, "job: the run ended before all its items were done: 3 of 10 items"},
		"stopped":          {10, core.ErrStopped, core.OutcomeCanceled, core.ErrStopped, "job: canceled after 3 of 10 items: core: the run was stopped"},
		"failed":           {10, errBoom, core.OutcomeError, errBoom, "job: failed: boom"},
		"complete":         {3, nil, core.OutcomeOK, nil, ""},
		"more than that":   {2, nil, core.OutcomeOK, nil, ""},
		"of unknown total": {-1, nil, core.OutcomeOK, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var end core.RunEnd
			e := core.NewExecutor(core.WithName("job"))
			e.Register(core.OnRunEnd(func(r core.RunEnd) { end = r }))
			ctx, run := e.Start(t.Context(), c.items)
			_ = run.Chunk(ctx, 3, func(context.Context) error { return nil })
			run.End(c.given)
			if end.Outcome != c.outcome || !errors.Is(end.Err, c.wraps) || end.Err != nil && end.Err.Error() != c.text {
				t.Errorf("outcome %v, error %v", end.Outcome, end.Err)
			}
		})
	}
}

// TestFailuresBeforeCancellation has items fail before the caller cancels: the run
// was cancelled, and its error has the failures too.
func TestFailuresBeforeCancellation(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	e := core.NewExecutor(core.WithWorkers(1), core.WithContinueOnError(), core.WithName("job"))
	err := core.ForEach(ctx, e, indexes(10), func(_ context.Context, i int) error {
		if i == 4 {
			cancel(errStop)
		}
		return errBoom
	})
	run := mustRunError(t, err)
	if run.Outcome != core.OutcomeCanceled || run.ItemsFailed != 5 || !errors.Is(err, errBoom) || !errors.Is(err, errStop) {
		t.Errorf("outcome %v: %v", run.Outcome, err)
	}
	if core.OutcomeCanceled.Failed() || core.OutcomeOK.Failed() || !core.OutcomeError.Failed() || !core.OutcomePanic.Failed() {
		t.Error("Failed is wrong about an outcome")
	}
}
