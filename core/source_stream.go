package core

import (
	"context"
	"iter"
	"sync"
	"time"
)

// streamSource cuts a stream into chunks. The source's goroutine fills batches,
// each worker takes one as a chunk, and the loop takes their results in order.
type streamSource[T, R any] struct {
	run       *run
	process   func(*worker) error
	chunkFunc bool
	timed     bool               // sizes follow the clock
	fixed     bool               // chunks wait until they are full
	linger    time.Duration      // but no longer than this, 0 for as long as it takes
	assigned  []*batch[T, R]     // each worker's current one
	nameOf    func(T) string     // nil if items have no names
	ended     []boundaryItems[T] // each worker's last chunk, if items have names

	mu          sync.Mutex
	size        int                 // items of a full batch
	limit       int                 // of size
	filling     *batch[T, R]        // gets the next item; an idle worker takes it before it is full, if it is due
	due         bool                // filling waits no longer
	firstItemAt time.Duration       // of filling, if chunks linger
	lingerTimer *time.Timer         // finds out that filling is due
	ready       queue[*batch[T, R]] // for the workers
	unyielded   queue[*batch[T, R]] // in order
	slowHead    *batch[T, R]        // the first of them, if it is known to hold the source up
	headTimer   *time.Timer         // finds that out
	spare       []*batch[T, R]      // for reuse
	idle        int                 // workers that wait for a batch
	chunks      int                 // batches claimed
	items       int                 // items pulled
	yielded     int                 // items of batches whose results the loop has
	sourceDone  bool                // the source yields no more
	sourceCut   bool                // the source was stopped before its end
	workersDone bool                // all workers have finished

	spaceFree  sync.Cond // for the source: a batch was yielded
	batchReady sync.Cond // for the workers: a batch is ready, or there will be no more
	batchDone  sync.Cond // for the loop: a batch is finished, or none will be

	sourceErr    error
	reader       sync.WaitGroup // the source's goroutine
	workers      sync.WaitGroup // the goroutine that waits for the workers
	stopWatching func() bool    // ends the wake-up at cancellation
}

// start starts the goroutines of the source and the workers. open returns the
// sequence for the run's context; it is called on the source's goroutine.
func (s *streamSource[T, R]) start(r *run, open func(context.Context) iter.Seq2[T, error]) {
	s.run = r
	s.assigned = make([]*batch[T, R], r.start.Workers)
	if s.nameOf != nil {
		s.ended = make([]boundaryItems[T], r.start.Workers)
	}
	s.spaceFree.L, s.batchReady.L, s.batchDone.L = &s.mu, &s.mu, &s.mu
	s.stopWatching = context.AfterFunc(r.workCtx, s.wakeAll)
	s.reader.Add(1)
	s.workers.Add(1)
	go runResumable(&sourceReader[T, R]{stream: s, open: open})
	go func() {
		r.runWorkers(s.process)
		s.mu.Lock()
		s.workersDone = true
		s.mu.Unlock()
		s.wakeAll()
		s.workers.Done()
	}()
}

// finish waits for the workers. It returns the source's error and whether all items
// of the source were processed. A source that has not ended by then matters no
// more: the run has stopped before.
func (s *streamSource[T, R]) finish() (sourceErr error, complete bool) {
	s.workers.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.sourceDone {
		s.sourceCut = true
		return nil, false
	}
	return s.sourceErr, !s.sourceCut && s.unyielded.len() == 0
}

// waitForSource returns when the source has ended.
func (s *streamSource[T, R]) waitForSource() {
	s.reader.Wait()
	s.stopWatching()
	if s.headTimer != nil {
		s.headTimer.Stop()
	}
	if s.lingerTimer != nil {
		s.lingerTimer.Stop()
	}
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
	open   func(context.Context) iter.Seq2[T, error]
	began  bool
	err    error
}

func (r *sourceReader[T, R]) resume() {
	if r.began {
		return // the source broke
	}
	r.began = true
	for v, err := range r.open(r.stream.run.workCtx) {
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
	s.reader.Done()
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
		case s.ready.len() > 0:
			b = s.ready.pop()
		case b != nil && (s.due || s.sourceDone && !s.sourceCut): // in a run that was cut, it would be no last chunk
			s.filling = nil
		case s.sourceDone && !s.run.mayGiveBack(w):
			return false
		default:
			if !s.sourceDone {
				s.idle++ // push lowers it again
			}
			s.batchReady.Wait()
			w.began = s.run.now()
			continue
		}
		s.assigned[w.id] = b
		w.setChunk(s.chunks, b.offset, len(b.in))
		w.inChunk = true
		s.chunks++
		if s.timed && len(b.in) > 1 {
			s.run.cutter.start(s.run)
		}
		if s.slowHead != nil {
			s.spaceFree.Signal()
		}
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
	w.inChunk = false
	b.finished, b.done = w.pos, true
	if w.returned > 0 { // another batch has the memory behind these
		b.in, b.out = b.in[:w.size:w.size], b.out[:w.size]
	}
	s.keepBoundaries(w, b)
	if s.timed {
		s.size = min(w.nextSize, s.limit)
	}
	s.batchDone.Signal()
	if s.sourceDone {
		s.batchReady.Broadcast() // to workers that wait for what this chunk might have given back
	}
}

// nextBatch waits for the next batch in order. It returns nil when no batch is
// left that will be finished.
func (s *streamSource[T, R]) nextBatch() *batch[T, R] {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.unyielded.len() > 0 && s.unyielded.first().done {
			return s.unyielded.first()
		}
		if s.workersDone {
			return nil
		}
		s.batchDone.Wait()
	}
}
