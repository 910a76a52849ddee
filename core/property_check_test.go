package core_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chunkscope/chunkscope/core"
)

// check compares what came out with the model.
func (r *programRun) check(checker *eventChecker) error {
	slices.SortFunc(r.calls, func(a, b itemRange) int { return cmp.Compare(a.lo, b.lo) })
	r.parts = r.p.split(len(r.states))
	if r.p.form == "StreamChunks" && r.p.size == 0 {
		r.parts = r.calls // sizes depend on the source's speed
	}
	for i, part := range r.calls {
		if i > 0 && part.lo < r.calls[i-1].hi || !slices.Contains(r.parts, part) {
			return fmt.Errorf("the function was called with items %v, in calls %v", part, r.calls)
		}
	}
	if err := r.checkStates(); err != nil {
		return err
	}
	if _, failed := r.counts(); r.p.streams() && !r.canceled.Load() && r.p.goesOn() && !r.p.passes(failed) && r.err != nil {
		return fmt.Errorf("a stream with failures in place ended with %w", r.err)
	}
	if checker == nil {
		return r.checkError(r.err)
	}
	if err := checker.result(); err != nil {
		return err
	}
	if !r.p.streams() && r.p.form != "Start" && checker.end.Err != r.err {
		return fmt.Errorf("hooks got the error %w, the caller got %w", checker.end.Err, r.err)
	}
	if lost := int(r.lost.Load()); checker.sum.WorkersLost != lost {
		return fmt.Errorf("chunks lost %d remote workers, want %d", checker.sum.WorkersLost, lost)
	}
	if err := r.checkError(checker.end.Err); err != nil {
		return fmt.Errorf("at the run's end: %w", err)
	}
	return r.checkEnd(checker.end)
}

func (r *programRun) checkStates() error {
	want, _ := r.p.model(r.parts)
	_, failed := r.counts()
	stopped := r.canceled.Load() || r.p.stopsAt(failed)
	for i, state := range r.states {
		unfinished := state == itemUnfinished
		switch {
		case state == want[i] && (stopped || !unfinished):
		case !r.p.exact() && unfinished && stopped:
		default:
			return fmt.Errorf("item %d: state %d, want %d; all are %d; the error is %w", i, state, want[i], r.states, r.err)
		}
	}
	for _, part := range r.returned {
		if !r.p.streams() && r.states[part.lo] != itemSucceeded {
			return fmt.Errorf("the function returned a result for item %d, which is reported as not done", part.lo)
		}
	}
	return nil
}

// counts returns how many items are done, failed ones included, and failed.
func (r *programRun) counts() (done, failed int) {
	for _, state := range r.states {
		if state != itemUnfinished {
			done++
		}
		if state == itemFailed {
			failed++
		}
	}
	return done, failed
}

// outcome returns the outcome that follows from the states, or got if it is as valid.
func (r *programRun) outcome(culprits []int, got core.Outcome) core.Outcome {
	unfinished, failed := false, false
	for i, state := range r.states {
		switch {
		case state == itemUnfinished:
			unfinished = true
		case state == itemFailed && r.p.actions[culprits[i]] != actionError:
			return core.OutcomePanic
		case state == itemFailed:
			failed = true
		}
	}
	_, failedItems := r.counts()
	switch {
	case got == core.OutcomeCanceled && r.canceled.Load() && (unfinished || r.p.streams()):
		return got // before a failure stopped the run, or a source may have ended because of it
	case unfinished && r.canceled.Load() && (r.p.form == "Start" || !r.p.stopsAt(failedItems)):
		return core.OutcomeCanceled
	case failed && r.p.limited() && !r.p.passes(failedItems):
		return core.OutcomePartial
	case failed:
		return core.OutcomeError
	case unfinished:
		return core.OutcomeCanceled
	}
	return core.OutcomeOK
}

func (r *programRun) checkError(err error) error {
	_, culprits := r.p.model(r.parts)
	done, failed := r.counts()
	inPlace := r.p.streams() && r.p.goesOn() && !r.p.passes(failed) && done == len(r.states) && err == nil
	if err == nil {
		if r.outcome(culprits, core.OutcomeOK) != core.OutcomeOK && !inPlace && r.p.form != "Start" {
			return fmt.Errorf("no error, but items %d", r.states)
		}
		return nil
	}
	var run *core.RunError
	if !errors.As(err, &run) {
		return fmt.Errorf("the error is a %T: %w", err, err)
	}
	outcome := r.outcome(culprits, run.Outcome)
	if partial := outcome == core.OutcomePartial; core.IsPartial(err) != partial {
		return fmt.Errorf("IsPartial is %v, want %v: %w", !partial, partial, err)
	}
	if run.Outcome != outcome || run.ItemsFailed != failed || run.ItemsDone < done || run.ItemsDone > done && !r.p.streams() {
		return fmt.Errorf("the error has outcome %v and counts %d done, %d failed; items are %v, %d, %d: %w",
			run.Outcome, run.ItemsDone, run.ItemsFailed, outcome, done, failed, err)
	}
	if done < len(r.states) && r.canceled.Load() && (!errors.Is(err, context.Canceled) || !errors.Is(err, errItemStop)) {
		return fmt.Errorf("a cancelled run whose error lacks the context's error or cause: %w", err)
	}
	if want := min(100, r.failedParts()); len(run.Errors) != want {
		return fmt.Errorf("%d kept errors, want %d: %w", len(run.Errors), want, err)
	}
	if r.p.form == "Start" && r.p.workers > 1 {
		return nil // offsets follow the order of the calls, which is unknown
	}
	seen := map[itemRange]bool{}
	for _, kept := range run.Errors {
		part := failedRange(kept)
		if seen[part] || !slices.Contains(r.parts, part) {
			return fmt.Errorf("the error about items %v is out of place or kept twice: %w", part, kept)
		}
		seen[part] = true
		if err := r.checkKept(kept, culprits[part.lo]); err != nil {
			return err
		}
	}
	return nil
}

func (r *programRun) failedParts() (n int) {
	for _, part := range r.parts {
		if r.states[part.lo] == itemFailed {
			n++
		}
	}
	return n
}

// checkKept checks that an item's action makes this error.
func (r *programRun) checkKept(err error, culprit int) error {
	if culprit < 0 {
		return fmt.Errorf("nothing in the program makes this error: %w", err)
	}
	var panicked *core.PanicError
	is := errors.Is(err, indexError(culprit))
	switch r.p.actions[culprit] {
	case actionError:
		is = is && !errors.As(err, &panicked)
	case actionPanic:
		is = is && errors.As(err, &panicked) && panicked.Value == indexError(culprit)
	case actionGoexit:
		is = errors.Is(err, core.ErrGoexit)
	}
	if !is {
		return fmt.Errorf("item %d did %q and the error is %w", culprit, r.p.actions[culprit], err)
	}
	return r.checkName(err)
}

// checkName checks the name in the error of an item or of a chunk.
func (r *programRun) checkName(err error) error {
	name, want := nameIn(err), ""
	if part := failedRange(err); r.p.form != "Start" {
		want = rowName(part.lo)
		if part.hi > part.lo+1 {
			want += " … " + rowName(part.hi-1)
		}
	}
	if name != want {
		return fmt.Errorf("the name in an error is %q, want %q: %w", name, want, err)
	}
	return nil
}

// nameIn returns the name in an *ItemError or *ChunkError.
func nameIn(err error) string {
	if e, ok := errors.AsType[*core.ItemError](err); ok {
		return e.Name
	}
	if e, ok := errors.AsType[*core.ChunkError](err); ok {
		return e.Name
	}
	return ""
}

func (r *programRun) checkEnd(end core.RunEnd) error {
	if added := r.added.Load(); added != counterIn(end.Custom) {
		return fmt.Errorf("the run's counters are %v, want %d", end.Custom, added)
	}
	_, culprits := r.p.model(r.parts)
	outcome := r.outcome(culprits, end.Outcome)
	done, failed := r.counts()
	if end.Outcome != outcome || end.ItemsFailed != failed || end.ItemsDone < done || end.ItemsDone > done && !r.p.streams() {
		return fmt.Errorf("the run's end has outcome %v and counts %d done, %d failed; items are %v, %d, %d",
			end.Outcome, end.ItemsDone, end.ItemsFailed, outcome, done, failed)
	}
	return nil
}
