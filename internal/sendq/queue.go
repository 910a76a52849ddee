package sendq

import (
	"context"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// The reasons for which the queue itself drops values.
const (
	QueueFull  = "queue_full" // there was no room, for a newcomer or for what it displaced
	Superseded = "superseded" // a later value took its place, see PutLatest
	Closed     = "closed"     // it came after Close
	Shutdown   = "shutdown"   // Close could not wait any longer
)

// Queue is a bounded queue with one consumer; see the package's documentation.
// Its methods for producers are safe for concurrent use.
type Queue[T any] struct {
	capacity int
	consume  func(context.Context, *Queue[T])
	ctx      context.Context // the consumer's; done when there is nothing left to wait for
	cancel   context.CancelFunc
	wake     chan struct{} // tells a waiting consumer to look again
	consumerDone    chan struct{} // closed when the consumer has returned, or never will run
	closeDone     chan struct{} // closed when Close is done and result is set
	closeErr   error         // of Close

	mu      sync.Mutex
	rings   []ring[T] // one for each class
	queued  int       // values in all of them
	lastSeq     uint64    // of the newest value
	started bool
	closed  bool
	closeFinished bool // Close is done: nothing will ever be pending again

	wantedCount   int    // how many values the waiting consumer wants; 0 while it does not wait
	takeCalls    uint64 // how often the consumer came to take
	inFlight []int  // taken or added, and not settled, by class
	inFlightSince   uint64 // a lower bound of the places of what is in flight
	flushes  []*flushCall

	produced, delivered, errors uint64
	dropped                     []map[string]uint64 // for each class, by reason
}

// New returns a queue of at most capacity values in so many classes. Consume
// runs on a goroutine of the queue from the first value on. It returns when Next
// or Take say that there is nothing more to come, and its context ends when it must
// give up what it is doing.
func New[T any](capacity, classes int, consume func(ctx context.Context, q *Queue[T])) *Queue[T] {
	if capacity < 1 || classes < 1 {
		panic(fmt.Sprintf("sendq: a queue of %d values in %d classes; both must be at least 1", capacity, classes))
	}
	q := &Queue[T]{
		capacity: capacity,
		consume:  consume,
		wake:     make(chan struct{}, 1),
		consumerDone:    make(chan struct{}),
		closeDone:     make(chan struct{}),
		rings:    make([]ring[T], classes),
		inFlight: make([]int, classes),
		dropped:  make([]map[string]uint64, classes),
	}
	for class := range q.dropped {
		q.dropped[class] = map[string]uint64{}
	}
	q.ctx, q.cancel = context.WithCancel(context.Background()) //nolint:gosec // G118: Close calls it
	return q
}

// Put puts a value at the end of the queue and reports whether it was
// accepted; see the package's documentation for a full queue. It never waits.
func (q *Queue[T]) Put(class int, v T) bool { return q.put(class, v, nil) }

// PutLatest is Put for a value that supersedes the one that waits in the same
// class and for which same reports true. Same is called under the queue's lock.
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
		q.wantedCount = 0 // one waking is enough
	}
	q.startLocked()
	q.mu.Unlock()
	if wake {
		q.wakeConsumer()
	}
	return true
}

// supersede drops the value of a class that same points out.
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

// displace makes room for a value of a class by dropping the oldest value of
// the lowest class below it, if there is any.
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

// lose counts a value that left the queue without being taken.
func (q *Queue[T]) dropQueued(class int, reason string) {
	q.queued--
	q.countDropped(class, 1, reason)
	q.completeFlushes()
}

// Start starts the consumer if it does not run yet, for consumers that add
// values of their own. Put does it anyway. It does nothing after Close.
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

// Refuse counts n values of a class that were not even put because the queue is
// closed.
func (q *Queue[T]) Refuse(class, n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.produced += uint64(n)
	q.countDropped(class, n, Closed)
}

// drop counts what is not, or no longer, pending.
func (q *Queue[T]) countDropped(class, n int, reason string) {
	if n > 0 { // no reason without a value
		q.dropped[class][reason] += uint64(n)
	}
}

// flying is what is in flight in all classes.
func (q *Queue[T]) inFlightTotal() (n int) {
	for _, count := range q.inFlight {
		n += count
	}
	return n
}

// Stats returns the counts as they are at one instant.
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

// wakeUp makes a waiting consumer look again. A token that nobody waits for
// makes a later look needless, which does no harm.
func (q *Queue[T]) wakeConsumer() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
