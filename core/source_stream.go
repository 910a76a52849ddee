package core

import (
	"context"
	"iter"
	"sync"
)

// streamSource cuts a stream into chunks. The source's goroutine fills batches,
// each worker takes one as a chunk, and the loop takes their results in order.
type streamSource[T, R any] struct {
	run       *run
	process   func(*worker) error
	chunkFunc bool
	timed     bool           // sizes follow the clock
	assigned  []*batch[T, R] // each worker's current one

	mu          sync.Mutex
	size        int            // items of a full batch
	limit       int            // of size
	filling     *batch[T, R]   // gets the next item; an idle worker takes it before it is full
	ready       []*batch[T, R] // for the workers
	unyielded   []*batch[T, R] // in order
	spare       []*batch[T, R] // for reuse
	idle        int            // workers that wait for a batch
	chunks      int            // batches so far
	items       int            // items in them
	sourceDone  bool           // the source yields no more
	sourceCut   bool           // the source was stopped before its end
	workersDone bool           // all workers have finished

	spaceFree  sync.Cond // for the source: a batch was yielded
	batchReady sync.Cond // for the workers: a batch is ready, or there will be no more
	batchDone  sync.Cond // for the loop: a batch is finished, or none will be

	sourceErr    error
	goroutines   sync.WaitGroup // of source and workers
	stopWatching func() bool    // ends the wake-up at cancellation
}

// batch is a chunk of a stream.
type batch[T, R any] struct {
	chunk, offset int
	in            []T
	out           []R
	errs          map[int]error // of failed units
	finished      int           // units
	done          bool          // no further unit will be finished
}

func (b *batch[T, R]) units(chunkFunc bool) int {
	if chunkFunc {
		return 1
	}
	return len(b.in)
}

// start starts the goroutines of the source and the workers.
func (s *streamSource[T, R]) start(r *run, src iter.Seq2[T, error]) {
	s.run = r
	s.assigned = make([]*batch[T, R], r.start.Workers)
	s.spaceFree.L, s.batchReady.L, s.batchDone.L = &s.mu, &s.mu, &s.mu
	s.stopWatching = context.AfterFunc(r.workCtx, s.wakeAll)
	s.goroutines.Add(2)
	go runResumable(&sourceReader[T, R]{stream: s, src: src})
	go func() {
		r.runWorkers(s.process)
		s.mu.Lock()
		s.workersDone = true
		s.mu.Unlock()
		s.wakeAll()
		s.goroutines.Done()
	}()
}

// wait returns when source and workers have finished.
func (s *streamSource[T, R]) wait() {
	s.goroutines.Wait()
	s.stopWatching()
}

// wakeAll lets all goroutines check again whether the run stops.
func (s *streamSource[T, R]) wakeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spaceFree.Broadcast()
	s.batchReady.Broadcast()
	s.batchDone.Broadcast()
}

// sourceReader ranges over the source, which is user code.
type sourceReader[T, R any] struct {
	stream *streamSource[T, R]
	src    iter.Seq2[T, error]
	began  bool
	err    error
}

func (r *sourceReader[T, R]) resume() {
	if r.began {
		return // the source broke
	}
	r.began = true
	for v, err := range r.src {
		if err != nil {
			r.err = err
			return
		}
		if !r.stream.push(v) {
			return
		}
	}
}

func (r *sourceReader[T, R]) recovered(value any, stack []byte) {
	r.err = ErrGoexit
	if value != nil {
		r.err = &PanicError{value, stack}
	}
}

func (r *sourceReader[T, R]) done() {
	s := r.stream
	s.mu.Lock()
	s.sourceErr = r.err
	s.sourceDone = true
	// A source that ends after the context did may have ended because of it. The
	// caller's context ends a moment before the run'r.
	s.sourceCut = s.sourceCut || s.run.workCtx.Err() != nil || s.run.callerCtx.Err() != nil
	s.mu.Unlock()
	s.wakeAll()
	s.goroutines.Done()
}

// push takes an item from the source. It returns false if the run takes no more.
func (s *streamSource[T, R]) push(v T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.filling == nil && len(s.unyielded) >= 2*len(s.assigned) && s.run.workCtx.Err() == nil {
		s.spaceFree.Wait()
	}
	if s.run.workCtx.Err() != nil {
		s.sourceCut = true
		return false
	}
	if s.filling == nil {
		s.filling = s.newBatch()
		s.unyielded = append(s.unyielded, s.filling)
	}
	s.filling.in = append(s.filling.in, v)
	s.items++
	if len(s.filling.in) >= s.size || s.idle > 0 {
		s.ready = append(s.ready, s.filling)
		s.filling = nil
		s.idle = max(0, s.idle-1)
		s.batchReady.Signal()
	}
	return true
}

func (s *streamSource[T, R]) newBatch() *batch[T, R] {
	var b *batch[T, R]
	if n := len(s.spare); n > 0 {
		b, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		b = &batch[T, R]{}
	}
	b.chunk, b.offset = s.chunks, s.items
	s.chunks++
	return b
}

// claim implements chunkSource.
func (s *streamSource[T, R]) claim(w *worker) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		b := s.filling
		switch {
		case w.stopping():
			return false
		case len(s.ready) > 0:
			b = shift(&s.ready)
		case b != nil:
			s.filling = nil
		case s.sourceDone:
			return false
		default:
			s.idle++
			s.batchReady.Wait() // push lowers idle again
			w.began = s.run.now()
			continue
		}
		s.assigned[w.id] = b
		w.setChunk(b.chunk, b.offset, len(b.in))
		return true
	}
}

// unitFailed implements chunkSource.
func (s *streamSource[T, R]) unitFailed(w *worker, err error) {
	b := s.assigned[w.id]
	if b.errs == nil {
		b.errs = map[int]error{}
	}
	b.errs[w.pos] = err
}

// chunkFinished implements chunkSource.
func (s *streamSource[T, R]) chunkFinished(w *worker) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.assigned[w.id]
	b.finished, b.done = w.pos, true
	if s.timed {
		s.size = min(w.nextSize, s.limit)
	}
	s.batchDone.Signal()
}

// nextBatch waits for the next batch in order. It returns nil when no batch is
// left that will be finished.
func (s *streamSource[T, R]) nextBatch() *batch[T, R] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if len(s.unyielded) > 0 && s.unyielded[0].done {
			return s.unyielded[0]
		}
		if s.workersDone {
			return nil
		}
		s.batchDone.Wait()
	}
}

// recycle removes b, the first in order. It keeps b's memory for reuse, unless
// the user's function may have kept it.
func (s *streamSource[T, R]) recycle(b *batch[T, R]) {
	if s.chunkFunc {
		*b = batch[T, R]{}
	} else {
		clear(b.in)
		clear(b.out)
		*b = batch[T, R]{in: b.in[:0], out: b.out}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shift(&s.unyielded)
	s.spare = append(s.spare, b)
	s.spaceFree.Signal()
}

// shift removes the first element of a short queue and keeps the queue's memory.
func shift[E any](queue *[]E) E {
	q := *queue
	first := q[0]
	copy(q, q[1:])
	clear(q[len(q)-1:])
	*queue = q[:len(q)-1]
	return first
}
