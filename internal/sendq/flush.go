package sendq

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// flushCall is a call of Flush that waits.
type flushCall struct {
	lastSeq      uint64 // of the last value to be settled
	minTakeCalls uint64 // how often Take must have been called
	done         chan struct{}
}

// Flush waits until every value put before it is settled. It also waits until
// the consumer has gone from one return of Take to its next call, as the
// consumer adds values of its own there. It returns an error when ctx ends first.
func (q *Queue[T]) Flush(ctx context.Context) error {
	q.mu.Lock()
	if !q.started || q.closeFinished {
		q.mu.Unlock()
		return nil
	}
	f := &flushCall{lastSeq: q.lastSeq, minTakeCalls: q.takeCalls + 2, done: make(chan struct{})}
	if q.wantedCount > 0 {
		f.minTakeCalls-- // the consumer waits in Take, so its next round is complete
		q.wantedCount = 0
	}
	q.flushes = append(q.flushes, f)
	q.mu.Unlock()
	q.wakeConsumer()
	select {
	case <-f.done:
		return nil
	case <-q.consumerDone: // Close settles what is left
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flushes = slices.DeleteFunc(q.flushes, func(other *flushCall) bool { return other == f })
	return fmt.Errorf("%d still pending: %w", q.queued+q.inFlightTotal(), context.Cause(ctx))
}

// flushNeedsTake reports whether a Flush waits for the consumer to take a
// value, or to call Take again.
func (q *Queue[T]) flushNeedsTake() bool {
	return slices.ContainsFunc(q.flushes, func(f *flushCall) bool {
		return q.takeCalls < f.minTakeCalls || q.queued > 0 && q.oldestSeq(q.oldestClass()) <= f.lastSeq
	})
}

// completeFlushes ends the calls of Flush that have nothing more to wait for.
func (q *Queue[T]) completeFlushes() {
	if len(q.flushes) == 0 {
		return
	}
	oldest := q.oldestUnsettledSeq()
	q.flushes = slices.DeleteFunc(q.flushes, func(f *flushCall) bool {
		done := q.takeCalls >= f.minTakeCalls && oldest > f.lastSeq
		if done {
			close(f.done)
		}
		return done
	})
}

// oldestUnsettledSeq returns a lower bound of the sequence numbers of all
// values that are not settled.
func (q *Queue[T]) oldestUnsettledSeq() uint64 {
	oldest := uint64(math.MaxUint64)
	if q.inFlightTotal() > 0 {
		oldest = q.inFlightSince
	}
	if q.queued > 0 {
		oldest = min(oldest, q.oldestSeq(q.oldestClass()))
	}
	return oldest
}
