package sendq

import (
	"context"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// The reasons for which the queue itself drops values.
const (
	QueueFull  = "queue_full" // the queue was full, or the value made room for a more important one
	Superseded = "superseded" // a later value replaced it, see PutLatest
	Closed     = "closed"     // it was put after Close
	Shutdown   = "shutdown"   // Close could not wait longer
)

// Queue is a bounded queue with one consumer; see the package's documentation.
// All methods but Next and Take are safe for concurrent use.
type Queue[T any] struct {
	capacity int
	consume  func(context.Context, *Queue[T])
	ctx      context.Context // the consumer's; ends when the consumer must return
	cancel   context.CancelFunc
	wake     chan struct{} // makes a waiting consumer check again

	consumerDone chan struct{} // closed when the consumer has returned or will never run
	closeDone    chan struct{} // closed when Close has finished and closeErr is set
	closeErr     error

	mu            sync.Mutex
	rings         []ring[T] // one for each class
	queued        int       // values in all of them
	lastSeq       uint64    // sequence number of the newest value
	started       bool
	closed        bool
	closeFinished bool // from now on no value is pending

	wantedCount   int    // how many values the waiting consumer wants; 0 while it does not wait
	takeCalls     uint64 // how often the consumer has called Take
	inFlight      []int  // values taken or added and not settled, by class
	inFlightSince uint64 // a lower bound of their sequence numbers
	flushes       []*flushCall

	produced, delivered, errors uint64
	dropped                     []map[string]uint64 // for each class, by reason
}

// New returns a queue of at most capacity values in the given number of
// classes. The queue calls consume on a new goroutine when it gets its first
// value. Consume returns when Next or Take report the end. Its context ends when
// it must stop what it is doing.
func New[T any](capacity, classes int, consume func(ctx context.Context, q *Queue[T])) *Queue[T] {
	if capacity < 1 || classes < 1 {
		panic(fmt.Errorf("sendq: New(%d, %d): capacity and classes must be at least 1", capacity, classes))
	}
	q := &Queue[T]{
		capacity:     capacity,
		consume:      consume,
		wake:         make(chan struct{}, 1),
		consumerDone: make(chan struct{}),
		closeDone:    make(chan struct{}),
		rings:        make([]ring[T], classes),
		inFlight:     make([]int, classes),
		dropped:      make([]map[string]uint64, classes),
	}
	for class := range q.dropped {
		q.dropped[class] = map[string]uint64{}
	}
	q.ctx, q.cancel = context.WithCancel(context.Background()) //nolint:gosec // G118: Close calls it
	return q
}

// Put appends a value to the queue and reports whether the queue accepted it;
// see the package's documentation for a full queue. It never waits.
func (q *Queue[T]) Put(class int, v T) bool { return q.put(class, v, nil) }

// PutLatest is Put for a value that replaces an older one. It drops the first
// waiting value of the class for which supersedes reports true. Supersedes is
// called under the queue's lock.
func (q *Queue[T]) PutLatest(class int, v T, supersedes func(waiting T) bool) bool {
	return q.put(class, v, supersedes)
}

func (q *Queue[T]) put(class int, v T, supersedes func(T) bool) bool {
	q.mu.Lock()
	q.produced++
	if q.closed {
		q.countDropped(class, 1, Closed)
		q.mu.Unlock()
		return false
	}
	if supersedes != nil {
		q.dropSuperseded(class, supersedes)
	}
	if q.queued == q.capacity && !q.makeRoom(class) {
		q.countDropped(class, 1, QueueFull)
		q.mu.Unlock()
		return false
	}
	q.lastSeq++
	q.rings[class].push(entry[T]{q.lastSeq, v}, q.capacity)
	q.queued++
	wake := q.wantedCount > 0 && q.queued >= q.wantedCount
	if wake {
		q.wantedCount = 0 // so that the consumer is woken once
	}
	q.startLocked()
	q.mu.Unlock()
	if wake {
		q.wakeConsumer()
	}
	return true
}

// dropSuperseded drops the first value of a class for which supersedes reports
// true.
func (q *Queue[T]) dropSuperseded(class int, supersedes func(T) bool) {
	ring := &q.rings[class]
	for i := range ring.length {
		if supersedes(ring.at(i).value) {
			ring.remove(i)
			q.dropQueued(class, Superseded)
			return
		}
	}
}

// makeRoom drops the oldest value of the lowest class below class. It reports
// false if all of these classes are empty.
func (q *Queue[T]) makeRoom(class int) bool {
	for lower := range class {
		if ring := &q.rings[lower]; ring.length > 0 {
			ring.pop()
			q.dropQueued(lower, QueueFull)
			return true
		}
	}
	return false
}

// dropQueued counts a value as dropped that was removed from the queue.
func (q *Queue[T]) dropQueued(class int, reason string) {
	q.queued--
	q.countDropped(class, 1, reason)
	q.completeFlushes()
}

// Start starts the consumer if it does not run yet. Put does so, too; Start is
// for a consumer that adds values of its own. It does nothing after Close.
func (q *Queue[T]) Start() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.startLocked()
}

func (q *Queue[T]) startLocked() {
	if q.started || q.closed {
		return
	}
	q.started = true
	go func() {
		defer close(q.consumerDone)
		q.consume(q.ctx, q)
	}()
}

// Refuse counts n values of a class as dropped because the queue is closed. The
// caller has not put them.
func (q *Queue[T]) Refuse(class, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.produced += uint64(n)
	q.countDropped(class, n, Closed)
}

// countDropped counts n values of a class as dropped. They are not pending.
func (q *Queue[T]) countDropped(class, n int, reason string) {
	if n > 0 { // a reason appears with its first value
		q.dropped[class][reason] += uint64(n)
	}
}

// inFlightTotal returns how many values are in flight.
func (q *Queue[T]) inFlightTotal() (n int) {
	for _, count := range q.inFlight {
		n += count
	}
	return n
}

// Stats returns the counts at one instant.
func (q *Queue[T]) Stats() core.HookStats {
	q.mu.Lock()
	defer q.mu.Unlock()
	stats := core.HookStats{
		Produced:  q.produced,
		Delivered: q.delivered,
		Pending:   uint64(q.queued + q.inFlightTotal()),
		Errors:    q.errors,
		Dropped:   map[string]uint64{},
	}
	for _, dropped := range q.dropped {
		for reason, n := range dropped {
			stats.Dropped[reason] += n
		}
	}
	return stats
}

// wakeConsumer makes a waiting consumer check again. If none waits, the next
// one checks once too often, which does no harm.
func (q *Queue[T]) wakeConsumer() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
