package core

import (
	"cmp"
	"errors"
	"slices"
)

// failures is what went wrong in a run. The run's lock guards it.
type failures struct {
	worst      Outcome
	count      int
	kept       []error
	failed     bitmap
	unfinished []span
	incomplete bool // there was more to do, nobody knows how much
	broke      bool // the loop over a stream ended early
}

// fail notes a failure of the items in s, and stops the run if it is fail-fast.
func (r *run) fail(err error, outcome Outcome, s span) {
	r.mu.Lock()
	r.worst = max(r.worst, outcome)
	r.count++
	if len(r.kept) < maxKeptErrors {
		r.kept = append(r.kept, err)
	}
	if r.results {
		r.failed.add(s, r.start.Items)
	}
	r.mu.Unlock()
	if r.feed != nil && !r.exec.config.continueOnError {
		r.halt(err)
	}
}

// halt makes workers stop at their next item, and cancels the context of
// those that wait inside one, or have yet to come.
func (r *run) halt(cause error) {
	r.mu.Lock()
	for _, w := range r.workers {
		w.stop.Store(true)
	}
	r.mu.Unlock()
	r.cancel(cause)
}

// leave notes that the items in s were claimed and not finished.
func (r *run) leave(s span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unfinished = append(r.unfinished, s)
}

// judge tells which outcome the error means that a stream's source or the
// caller of Run.End gave. Its methods are foreign code, and may panic.
func (r *run) judge(given error) (outcome Outcome) {
	if given == nil {
		return OutcomeOK
	}
	defer func() {
		if recover() != nil {
			outcome = OutcomeError
		}
	}()
	var p *PanicError
	switch {
	case errors.As(given, &p), errors.Is(given, ErrGoexit):
		return OutcomePanic
	case interrupts(r.given, given):
		return OutcomeCanceled
	}
	return OutcomeError
}

// result decides how the run ended, and makes its error, nil if all is well.
func (f *failures) result(r *run, given error, meant Outcome, e *RunEnd) error {
	outcome, cancelErr := max(f.worst, meant), error(nil)
	if given != nil {
		f.kept = append(f.kept, given)
	}
	if meant == OutcomeCanceled {
		f.incomplete = true
	}
	if p, ok := r.feed.(*plan); ok && p.claimed(r) < p.n {
		f.unfinished = append(f.unfinished, span{p.claimed(r), p.n})
	}
	if r.feed == nil && r.given.Err() != nil && e.ItemsDone < e.Items {
		f.incomplete = true
	}
	if f.broke {
		outcome = max(outcome, OutcomeCanceled)
		cancelErr = errBreak
	}
	if f.incomplete || len(f.unfinished) > 0 {
		outcome = max(outcome, OutcomeCanceled)
		if r.given.Err() != nil {
			cancelErr = canceled(r.given)
		}
	}
	e.Outcome = outcome
	if outcome == OutcomeOK {
		return nil
	}
	sortErrors(f.kept)
	sortSpans(f.unfinished)
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

func sortSpans(spans []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
}
