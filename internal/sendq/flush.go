package sendq

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// flush is a Flush that waits.
type flushCall struct {
	lastSeq uint64 // place of the last value it waits for
	takeCalls uint64 // and the consumer must have come back for that turn
	done chan struct{}
}

// Flush waits until everything put before it is settled, and until the
// consumer has had a whole turn since, from one return of Take to the next call, for what it
// adds by itself. It returns early, with an error, when ctx ends.
func (q *Queue[T]) Flush(ctx context.Context) error {
	q.mu.Lock()
	if !q.started || q.closeFinished {
		q.mu.Unlock()
		return nil
	}
	f := &flushCall{lastSeq: q.lastSeq, takeCalls: q.takeCalls + 2, done: make(chan struct{})}
	if q.wantedCount > 0 {
		f.takeCalls-- // it waits: its next turn is a whole one
		q.wantedCount = 0
	}
	q.flushes = append(q.flushes, f)
	q.mu.Unlock()
	q.wakeConsumer()
	select {
	case <-f.done:
		return nil
	case <-q.consumerDone: // by Close, which settles what is left
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flushes = slices.DeleteFunc(q.flushes, func(other *flushCall) bool { return other == f })
	return fmt.Errorf("%d still pending: %w", q.queued+q.inFlightTotal(), context.Cause(ctx))
}

// flushDue tells whether a Flush waits for the consumer to take something, or
// to take its turn.
func (q *Queue[T]) flushNeedsTake() bool {
	return slices.ContainsFunc(q.flushes, func(f *flushCall) bool {
		return q.takeCalls < f.takeCalls || q.queued > 0 && q.oldestSeq(q.oldestClass()) <= f.lastSeq
	})
}

// finishFlushes lets those go that have nothing more to wait for.
func (q *Queue[T]) completeFlushes() {
	if len(q.flushes) == 0 {
		return
	}
	oldest := q.oldestUnsettledSeq()
	q.flushes = slices.DeleteFunc(q.flushes, func(f *flushCall) bool {
		done := q.takeCalls >= f.takeCalls && oldest > f.lastSeq
		if done {
			close(f.done)
		}
		return done
	})
}

// unsettled returns the place of the oldest value that is not settled, or at
// least nothing after it.
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
