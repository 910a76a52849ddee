package sendq

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/internal/closing"
)

// Close refuses new values and waits until the consumer has drained the queue.
// It waits until ctx ends, or for 8 s if ctx has no deadline, and then drops the
// rest. If ctx has ended already, the consumer gets no more values. Close
// returns what Lost returns. It is safe for concurrent use and at any moment:
// the first call closes, later calls wait for it within their own context and
// return the same.
//
// Close does not wait for a consumer that ignores the end of its context. What
// such a consumer settles later no longer counts.
func (q *Queue[T]) Close(ctx context.Context) error {
	q.mu.Lock()
	first := !q.closed
	q.closed = true
	if first && ctx.Err() != nil {
		q.cancel()
	}
	if first && !q.started {
		close(q.consumerDone)
	}
	q.mu.Unlock()
	if !first {
		select {
		case <-q.closeDone:
			return q.closeErr
		case <-ctx.Done():
			return fmt.Errorf("still closing: %w", context.Cause(ctx))
		}
	}
	q.wakeConsumer()
	ctx, cancel := closing.Context(ctx)
	defer cancel()
	select {
	case <-q.consumerDone:
	case <-ctx.Done():
		q.cancelAndWait()
	}
	q.cancel()
	q.dropPending()
	q.closeErr = q.Lost()
	close(q.closeDone)
	return q.closeErr
}

// cancelAndWait ends the consumer's context and gives it a moment to return.
func (q *Queue[T]) cancelAndWait() {
	q.cancel()
	q.wakeConsumer()
	grace := time.NewTimer(closing.Grace)
	defer grace.Stop()
	select {
	case <-q.consumerDone:
	case <-grace.C:
	}
}

// dropPending drops everything that is pending.
func (q *Queue[T]) dropPending() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for class, ring := range q.rings {
		q.countDropped(class, ring.length+q.inFlight[class], Shutdown)
	}
	q.closeFinished = true
	q.queued = 0
	clear(q.inFlight)
	clear(q.rings)
	q.completeFlushes()
}

// Lost returns a *LostError if a value was lost so far, and nil otherwise.
func (q *Queue[T]) Lost() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e := &LostError{Accepted: q.produced, Dropped: map[string]uint64{}, Classes: make([]uint64, len(q.dropped))}
	for class, dropped := range q.dropped {
		for reason, n := range dropped {
			switch reason {
			case Superseded: // the later value says the same and more
			case Closed: // refused, not accepted and lost
				e.Accepted -= n
			default:
				e.Dropped[reason] += n
				e.Classes[class] += n
			}
		}
	}
	if len(e.Dropped) == 0 {
		return nil
	}
	return e
}

// LostError reports values that were accepted, and neither delivered nor
// superseded.
type LostError struct {
	Accepted uint64
	Dropped  map[string]uint64 // by reason
	Classes  []uint64          // the same by class
}

// Error says how many values were lost, by reason: "12 of 5000 lost: 10
// queue_full, 2 shutdown".
func (e *LostError) Error() string {
	var lost uint64
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(e.Dropped)) {
		lost += e.Dropped[reason]
		reasons = append(reasons, fmt.Sprintf("%d %s", e.Dropped[reason], reason))
	}
	return fmt.Sprintf("%d of %d lost: %s", lost, e.Accepted, strings.Join(reasons, ", "))
}
