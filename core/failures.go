package core

import (
	"cmp"
	"errors"
	"slices"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// failures are the failures of a run. The run's lock guards them.
type failures struct {
	worst      Outcome
	count      int
	kept       []error
	failed     bitmap
	unfinished []itemRange
	incomplete bool // work was left undone, of unknown extent
	loopLeft   bool // the loop over a stream ended early
}

// recordFailure records the failure of items, and stops a fail-fast run.
func (r *run) recordFailure(err error, outcome Outcome, items itemRange) {
	r.mu.Lock()
	r.worst = max(r.worst, outcome)
	r.count++
	if len(r.kept) < maxKeptErrors {
		r.kept = append(r.kept, err)
	}
	if r.indexedResults {
		r.failed.add(items, r.start.Items)
	}
	r.mu.Unlock()
	if r.source != nil && !r.exec.config.continueOnError {
		r.cancelWorkers(err)
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
		case isInterruption(r.callerCtx, endErr):
			outcome = OutcomeCanceled
		}
		return nil
	})
	return outcome
}

// result decides how the run ended, and returns its error, nil if all is well.
// endOutcome is the outcome of endErr.
func (f *failures) result(r *run, endErr error, endOutcome Outcome, e *RunEnd) error {
	outcome, cancelErr := max(f.worst, endOutcome), error(nil)
	if endErr != nil {
		f.kept = append(f.kept, endErr)
	}
	if endOutcome == OutcomeCanceled {
		f.incomplete = true
	}
	if s, ok := r.source.(*sliceSource); ok {
		f.unfinished = append(f.unfinished, s.unclaimedRanges(r)...)
	}
	if r.source == nil && r.callerCtx.Err() != nil && e.ItemsDone < e.Items {
		f.incomplete = true
	}
	if f.loopLeft {
		outcome = max(outcome, OutcomeCanceled)
		cancelErr = errLoopLeft
	}
	if f.incomplete || len(f.unfinished) > 0 {
		outcome = max(outcome, OutcomeCanceled)
		if r.callerCtx.Err() != nil {
			cancelErr = cancellation(r.callerCtx)
		}
	}
	e.Outcome = outcome
	if outcome == OutcomeOK {
		return nil
	}
	sortErrors(f.kept)
	sortRanges(f.unfinished)
	return &RunError{
		Executor:    r.start.Executor,
		RunID:       r.start.RunID,
		Outcome:     outcome,
		Items:       e.Items,
		ItemsDone:   e.ItemsDone,
		ItemsFailed: e.ItemsFailed,
		Errors:      f.kept,
		canceled:    cancelErr,
		unfinished:  f.unfinished,
		failed:      f.failed,
	}
}

func sortRanges(ranges []itemRange) { slices.SortFunc(ranges, compareRanges) }

func compareRanges(a, b itemRange) int { return cmp.Compare(a.start, b.start) }
