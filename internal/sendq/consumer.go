package sendq

import "context"

// takesPerLock is about how many values Take takes while it holds the lock.
const takesPerLock = 256

// Next waits for a value and takes it; only the consumer calls it. It returns
// false when the queue is closed and empty, or when ctx has ended.
func (q *Queue[T]) Next(ctx context.Context) (v T, ok bool) {
	var buf [1]T
	for {
		values, open := q.Take(ctx, 1, buf[:0])
		switch {
		case len(values) > 0:
			return values[0], true
		case !open || ctx.Err() != nil:
			return v, false
		}
	}
}

// Take waits until the queue holds the wanted number of values. It then appends
// to buf as many as its capacity allows; only the consumer calls it. It returns
// sooner, perhaps without a value, when ctx ends, a Flush waits or the queue is
// closed. Open is false when no value will follow.
//
// The consumer should settle what it took before it calls Take again.
// Otherwise a Flush waits for the newer values as well.
func (q *Queue[T]) Take(ctx context.Context, wanted int, buf []T) (values []T, open bool) {
	q.mu.Lock()
	q.takeCalls++
	q.completeFlushes()
	for q.queued < wanted && !q.closed && !q.flushNeedsTake() && ctx.Err() == nil {
		q.wantedCount = wanted
		q.mu.Unlock()
		select {
		case <-q.wake:
		case <-ctx.Done():
		}
		q.mu.Lock()
	}
	defer q.mu.Unlock()
	q.wantedCount = 0
	if q.ctx.Err() != nil { // Close drops what is left
		return buf, false
	}
	for i := 1; len(buf) < cap(buf) && q.queued > 0; i++ {
		if i%takesPerLock == 0 { // producers must not wait for long
			q.mu.Unlock()
			q.mu.Lock()
			continue
		}
		class := q.oldestClass()
		ring := &q.rings[class]
		q.addInFlight(class, ring.at(0).seq, 1)
		buf = append(buf, ring.pop())
		q.queued--
	}
	return buf, q.queued > 0 || !q.closed
}

// oldestClass returns the class of the oldest value. The queue is not empty.
func (q *Queue[T]) oldestClass() int {
	oldest := -1
	for class := range q.rings {
		if q.rings[class].length > 0 && (oldest < 0 || q.oldestSeq(class) < q.oldestSeq(oldest)) {
			oldest = class
		}
	}
	return oldest
}

// oldestSeq returns the sequence number of the oldest value of a class. The
// class is not empty.
func (q *Queue[T]) oldestSeq(class int) uint64 { return q.rings[class].at(0).seq }

// addInFlight notes that n values of a class are in flight. Their sequence
// numbers are seq or more.
func (q *Queue[T]) addInFlight(class int, seq uint64, n int) {
	if seq < q.inFlightSince || q.inFlightTotal() == 0 {
		q.inFlightSince = seq
	}
	q.inFlight[class] += n
}

// Add counts n values of a class that the consumer created itself, as if it had
// taken them from the queue. Once Close has finished they count as dropped.
func (q *Queue[T]) Add(class, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.produced += uint64(n)
	if q.closeFinished {
		q.countDropped(class, n, Shutdown)
		return
	}
	q.addInFlight(class, 0, n) // 0 is below all others, so that every Flush waits for them
}

// Delivered settles n values of a class as delivered.
func (q *Queue[T]) Delivered(class, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.delivered += uint64(q.settle(class, n))
}

// Dropped settles n values of a class as dropped for a reason.
func (q *Queue[T]) Dropped(class, n int, reason string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.countDropped(class, q.settle(class, n), reason)
}

// settle removes n values from those in flight, and returns how many it
// removed. There are fewer when Close has dropped them already.
func (q *Queue[T]) settle(class, n int) int {
	n = min(n, q.inFlight[class])
	q.inFlight[class] -= n
	q.completeFlushes()
	return n
}

// Failed counts a failed attempt. It settles no value.
func (q *Queue[T]) Failed() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.errors++
}
