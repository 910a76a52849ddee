package core

import (
	"cmp"
	"math"
	"strconv"
)

// ratioFrom is how many items of an unknown total have to be done before a ratio of
// failed items stops the run. Of fewer, a ratio says little.
const ratioFrom = 1000

// WithMaxFailedItems makes a run go on after failures until more than n items have
// failed; that failure stops it. A run with fewer failures that went through all
// items has the outcome OutcomePartial. 0 stops at the first failure, as runs do by
// default. All items of a failed chunk count. Items that are under way when the
// limit is passed may fail beyond it. With WithMaxFailedRatio too, the limit that is
// passed first stops the run.
//
// Executor.Start and Group stop nothing: there, the limit decides only the outcome.
// NewExecutor panics if n is negative.
func WithMaxFailedItems(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 0, "WithMaxFailedItems", n, "the number is negative; give 0 to stop at the first failure, or more")
		c.limit.limited, c.limit.items = true, n
	})
}

// WithMaxFailedRatio is WithMaxFailedItems for a part of the items: 0.01 tolerates
// that one item in a hundred fails. A run whose total is known stops as soon as more
// have failed than that part of the total. In a stream, the part of the items that
// are done counts, from 1,000 done items on and at the end. 0 stops at the first
// failure, and 1 tolerates all failures. NewExecutor panics if ratio is not from 0
// to 1.
func WithMaxFailedRatio(ratio float64) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(ratio >= 0 && ratio <= 1, "WithMaxFailedRatio", ratio, "the ratio is out of range; give a part of the items from 0 to 1, such as 0.01")
		c.limit.limited, c.limit.ratio = true, ratio
	})
}

// failureLimit is how many failed items a run tolerates.
type failureLimit struct {
	limited bool
	items   int
	ratio   float64 // of all items; 1 is no limit
}

// noLimit is the limit of an executor without one: the options replace its parts.
var noLimit = failureLimit{items: math.MaxInt, ratio: 1}

// settleLimit makes runs with a limit go on after failures, unless it tolerates none.
func (c *config) settleLimit() {
	if l := &c.limit; l.limited {
		l.limited = l.items > 0 && l.ratio > 0
		c.continueOnError = l.limited
	}
}

// passedBy returns which limit so many failed items of all pass, "" if none.
func (l *failureLimit) passedBy(failed, all int) string {
	switch {
	case failed > l.items:
		return strconv.Itoa(l.items)
	case l.ratio < 1 && float64(failed)/float64(max(all, 1)) > l.ratio: // a quotient: 0.29*100 is less than 29
		return strconv.FormatFloat(100*l.ratio, 'g', 6, 64) + "%"
	}
	return ""
}

// passLimit returns the limit that a run's failures so far pass, "" if none: the run
// can no longer meet it or, where the total is not known, enough items are done. The
// caller holds the run's lock.
func (r *run) passLimit() string {
	limit := &r.exec.config.limit
	if !limit.limited || r.source == nil {
		return ""
	}
	low, high := r.start.Items, r.start.Items
	if high < 0 && limit.ratio < 1 {
		low, high = r.doneItems()
	}
	passed := limit.passedBy(r.failedItems, high)
	if early := r.start.Items < 0 && low < ratioFrom && r.failedItems <= limit.items; early {
		r.limitPending.Store(passed != "") // the end of a chunk checks again
		return ""
	}
	r.limitPending.Store(false)
	r.limitPassed = cmp.Or(r.limitPassed, passed)
	return passed
}

// doneItems returns how many items are done at least and at most.
func (r *run) doneItems() (low, high int) {
	for _, w := range r.workers {
		items := int(w.items.Load())
		low = addItems(low, items)
		high = addItems(high, items+max(0, int(w.lag.Load())-1)) // one of the lag is the item under way
	}
	return low, high
}

// checkLimit stops the run if its failures pass the limit. Workers call it at the
// end of a chunk while limitPending is set.
func (r *run) checkLimit() {
	r.mu.Lock()
	passed := r.passLimit()
	r.mu.Unlock()
	if passed != "" {
		r.stopForFailures(&limitError{r.start.Executor, passed})
	}
}

// limitError is the cause of cancellation when a run has passed its limit. It is no
// error of user code, so that items under way which fail like those before have
// failed too, and were not interrupted.
type limitError struct{ executor, limit string }

// Error returns the executor's name and the limit.
func (e *limitError) Error() string {
	return e.executor + ": more items failed than the " + e.limit + " tolerated"
}

// IsPartial reports whether err is the error of a run that tolerated its failures:
// the outcome is OutcomePartial, all items were processed, and the results of those
// that did not fail are valid. A program may exit with 0 then. Of an error that
// wraps several, all have to be. It is false for nil.
func IsPartial(err error) bool {
	switch e := err.(type) { //nolint:errorlint // the tree is walked here, down to the errors of runs
	case *RunError:
		return e != nil && e.Outcome == OutcomePartial
	case interface{ Unwrap() error }:
		return IsPartial(e.Unwrap())
	case interface{ Unwrap() []error }:
		all := e.Unwrap()
		for _, inner := range all {
			if !IsPartial(inner) {
				return false
			}
		}
		return len(all) > 0
	}
	return false
}
