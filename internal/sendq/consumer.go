package sendq

import (
	"context"
	"math"
)

// takeBatch is about how many values Take takes under one lock.
const takeBatch = 256

// Next waits for a value and takes it, for the consumer. It returns false when
// the queue is closed and empty, or ctx has ended.
func (q *Queue[T]) Next(ctx context.Context) (v T, ok bool) {
	var room [1]T
	for {
		values, open := q.Take(ctx, 1, room[:0])
		switch {
		case len(values) > 0:
			return values[0], true
		case !open || ctx.Err() != nil:
			return v, false
		}
	}
}

// Take waits until at least so many values wait, and then takes as many as
// room has capacity for, appended to it. It comes back sooner, and perhaps with
// none, when ctx ends, a Flush waits, or the queue is closed. Open is false when
// nothing will come after these. The consumer should settle what it took before it takes
// more: else a Flush waits for the newer ones, too.
func (q *Queue[T]) Take(ctx context.Context, least int, room []T) (values []T, open bool) {
	q.mu.Lock()
	q.turns++
	q.finishFlushes()
	for q.queued < least && !q.closed && !q.flushDue() && ctx.Err() == nil {
		q.awaits = least
		q.mu.Unlock()
		select {
		case <-q.wake:
		case <-ctx.Done():
		}
		q.mu.Lock()
	}
	defer q.mu.Unlock()
	q.awaits = 0
	if q.ctx.Err() != nil { // Close drops what is left
		return room, false
	}
	for i := 1; len(room) < cap(room) && q.queued > 0; i++ {
		if i%takeBatch == 0 { // producers must not wait for long
			q.mu.Unlock()
			q.mu.Lock()
			continue
		}
		r := q.first()
		q.hold(r.at(0).seq, 1)
		room = append(room, r.pop())
		q.queued--
	}
	return room, q.queued > 0 || !q.closed
}

// first returns the ring with the oldest value; there is one.
func (q *Queue[T]) first() *ring[T] {
	var first *ring[T]
	for i := range q.rings {
		if r := &q.rings[i]; r.n > 0 && (first == nil || r.at(0).seq < first.at(0).seq) {
			first = r
		}
	}
	return first
}

// hold notes n values in flight, from place seq on.
func (q *Queue[T]) hold(seq uint64, n int) {
	if q.inFlight == 0 || seq < q.oldest {
		q.oldest = seq
	}
	q.inFlight += n
}

// Add counts n values that the consumer made by itself, as if it had taken
// them from the queue. After the end of Close they count as dropped at once.
func (q *Queue[T]) Add(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.produced += uint64(n)
	if q.settled {
		q.drop(uint64(n), Shutdown)
		return
	}
	q.hold(0, n) // before everything, so that every Flush waits for them
}

// Delivered settles n values as delivered.
func (q *Queue[T]) Delivered(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.delivered += q.settle(n)
}

// Dropped settles n values as given up for a reason.
func (q *Queue[T]) Dropped(n int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(q.settle(n), reason)
}

// settle ends the flight of n values, or of as many as there are: Close has
// settled the others already when it could not wait any longer.
func (q *Queue[T]) settle(n int) uint64 {
	n = min(n, q.inFlight)
	q.inFlight -= n
	q.finishFlushes()
	return uint64(n)
}

// Failed counts an attempt that failed, whatever becomes of its values.
func (q *Queue[T]) Failed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.errors++
}

// unsettled returns the place of the oldest value that is not settled, or at
// least nothing after it.
func (q *Queue[T]) unsettled() uint64 {
	oldest := uint64(math.MaxUint64)
	if q.inFlight > 0 {
		oldest = q.oldest
	}
	if q.queued > 0 {
		oldest = min(oldest, q.first().at(0).seq)
	}
	return oldest
}
