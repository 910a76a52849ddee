package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// failures are the failures of a run. The run's lock guards them.
type failures struct {
	worst       Outcome
	count       int
	failedItems int
	kept        []error
	failed      failedSet
	unfinished  []itemRange
	incomplete  bool // work was left undone, of unknown extent
	loopLeft    bool // the loop over a stream ended early
	failedFast  bool // a failure has stopped the run: the first, or the one that passed the limit
	endedEarly  bool // Run.End came before all announced items were done

	limitPassed  string      // the limit of failed items that was passed
	limitPending atomic.Bool // it would be, if enough items were done
	uncounted    bool        // a chunk without items failed: no limit counts it
}

// recordFailure records the failure of items, and stops a run that is fail-fast or
// has passed its limit.
func (r *run) recordFailure(err error, outcome Outcome, items itemRange) {
	r.mu.Lock()
	r.worst = max(r.worst, outcome)
	r.count++
	if len(r.kept) < maxKeptErrors {
		r.kept = append(r.kept, err)
	}
	if r.indexedResults {
		r.failed.add(items)
	}
	r.failedItems = addItems(r.failedItems, items.end-items.start)
	r.uncounted = r.uncounted || items.start == items.end
	passed := r.passLimit()
	r.mu.Unlock()
	switch {
	case r.source != nil && !r.exec.config.continueOnError:
		r.stopForFailures(err)
	case passed != "":
		r.stopForFailures(&limitError{r.start.Executor, passed})
	}
}

// stopForFailures stops the run with an outcome of error, unless something else has
// stopped it before.
func (r *run) stopForFailures(cause error) {
	r.cancelWorkers(cause)
	if context.Cause(r.runCtx) == cause { //nolint:errorlint // this very one, and not what ended the context before it
		r.mu.Lock()
		r.failedFast = true
		r.mu.Unlock()
	}
}

// cancelWorkers makes workers stop at their next item, and cancels the context
// of calls that wait and of workers that have not started yet.
func (r *run) cancelWorkers(cause error) {
	r.mu.Lock()
	for _, w := range r.workers {
		w.signal.Store(signalStop)
	}
	r.mu.Unlock()
	r.cancel(cause)
}

// markUnfinished records that items were claimed and not finished.
func (r *run) markUnfinished(items itemRange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unfinished = append(r.unfinished, items)
}

// classify returns the outcome that the error of a stream's source or of Run.End
// stands for. Errors whose methods break are errors all the same.
func (r *run) classify(endErr error) Outcome {
	if endErr == nil {
		return OutcomeOK
	}
	outcome := OutcomeError
	_ = guard.Call(func() error {
		var p *PanicError
		switch {
		case errors.As(endErr, &p), errors.Is(endErr, ErrGoexit):
			outcome = OutcomePanic
		case r.source == nil && errors.Is(endErr, ErrStopped), isInterruption(r.runCtx, endErr), isInterruption(r.callerCtx, endErr):
			outcome = OutcomeCanceled
		}
		return nil
	})
	return outcome
}

// result decides how the run ended, and returns its error, nil if all is well.
// endOutcome is the outcome of endErr.
func (f *failures) result(r *run, endErr error, endOutcome Outcome, e *RunEnd) error {
	if s, ok := r.source.(*sliceSource); ok {
		f.unfinished = append(f.unfinished, s.unclaimedRanges(r)...)
	}
	f.incomplete = f.incomplete || endOutcome == OutcomeCanceled
	canceled := f.cancellation(r, e)
	switch {
	case endOutcome.Failed(), endErr != nil && r.source == nil:
		f.kept = append(f.kept, endErr)
	case r.source == nil && canceled == nil && e.ItemsDone < e.Items:
		f.endedEarly, endOutcome = true, OutcomeError
	}
	undone := canceled != nil || f.incomplete || len(f.unfinished) > 0
	if r.source == nil && f.count > 0 && (canceled == nil && endErr == nil || e.Items >= 0 && e.ItemsDone >= e.Items) {
		undone = false // the loop stopped because of the failure, or everything was done
	}
	limit := &r.exec.config.limit
	if limit.limited && f.limitPassed == "" && endErr == nil && !undone {
		f.limitPassed = limit.passedBy(e.ItemsFailed, max(e.Items, e.ItemsDone))
	}
	switch {
	case f.worst == OutcomePanic, endOutcome == OutcomePanic:
		e.Outcome = OutcomePanic
	case f.failedFast, endOutcome == OutcomeError:
		e.Outcome = OutcomeError
	case undone:
		e.Outcome = OutcomeCanceled
	default:
		e.Outcome = f.completed(limit.limited)
	}
	if e.Outcome == OutcomeOK {
		return nil
	}
	sortRanges(f.unfinished)
	failed := (*failedSet)(nil)
	if r.indexedResults {
		f.failed.seal()
		failed = &f.failed
	}
	return &RunError{
		Executor:    r.start.Executor,
		RunID:       r.start.RunID,
		Outcome:     e.Outcome,
		Items:       e.Items,
		ItemsDone:   e.ItemsDone,
		ItemsFailed: e.ItemsFailed,
		Errors:      f.kept,
		canceled:    canceled,
		incomplete:  f.endedEarly,
		unfinished:  f.unfinished,
		failed:      failed,
		limitPassed: f.limitPassed,
	}
}

// completed returns the outcome of a run that nothing has stopped.
func (f *failures) completed(limited bool) Outcome {
	tolerated := limited && f.limitPassed == "" && !f.uncounted && !f.incomplete && len(f.unfinished) == 0
	if f.worst == OutcomeError && tolerated {
		return OutcomePartial
	}
	return max(f.worst, OutcomeOK)
}

// cancellation returns what made the run leave work undone, other than a failure:
// the end of the loop over a stream, or that of the caller's context. It returns nil
// if neither did.
func (f *failures) cancellation(r *run, e *RunEnd) error {
	switch {
	case f.loopLeft:
		return errLoopLeft
	case r.callerCtx.Err() == nil:
		return nil
	case f.incomplete, len(f.unfinished) > 0, r.source == nil && e.ItemsDone < e.Items:
		return cancellation(r.callerCtx)
	}
	return nil
}

func sortRanges(ranges []itemRange) { slices.SortFunc(ranges, compareRanges) }

func compareRanges(a, b itemRange) int { return cmp.Compare(a.start, b.start) }
