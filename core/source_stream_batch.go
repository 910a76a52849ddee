package core

// batch is a chunk of a stream.
type batch[T, R any] struct {
	offset   int // of its first item
	in       []T
	out      []R
	errs     map[int]error // of failed units
	finished int           // units
	done     bool          // no further unit will be finished
}

func (b *batch[T, R]) units(chunkFunc bool) int {
	if chunkFunc {
		return 1
	}
	return len(b.in)
}

// newBatch returns an empty batch for the next items of the source.
func (s *streamSource[T, R]) newBatch() *batch[T, R] {
	var b *batch[T, R]
	if n := len(s.spare); n > 0 {
		b, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		b = &batch[T, R]{}
	}
	b.offset = s.items
	return b
}

// recycle removes b, the first in order. It keeps b's memory for reuse, unless
// the user's function may have kept it.
func (s *streamSource[T, R]) recycle(b *batch[T, R]) {
	items := len(b.in)
	empty := batch[T, R]{}
	if !s.chunkFunc {
		clear(b.in)
		clear(b.out)
		empty.in, empty.out = b.in[:0], b.out
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unyielded.pop()
	s.slowHead = nil
	*b = empty
	s.yielded += items
	if len(s.spare) < 2*len(s.assigned) {
		s.spare = append(s.spare, b)
	}
	s.spaceFree.Signal()
}

// cut implements chunkSource.
func (s *streamSource[T, R]) cut(w *worker, chunk int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.inChunk && int(w.atChunk.Load()) == chunk {
		s.giveBack(w, itemRange{w.requestCut(chunk), w.limit()})
	}
}

// settleCut implements chunkSource.
func (s *streamSource[T, R]) settleCut(w *worker, giveBack bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.giveBack(w, w.takeCut(giveBack))
}

// giveBack makes a batch of items of w's batch, for the next free worker.
func (s *streamSource[T, R]) giveBack(w *worker, items itemRange) {
	if items.start >= items.end {
		return
	}
	b := s.assigned[w.id]
	lo, hi := items.start-b.offset, items.end-b.offset
	rest := &batch[T, R]{offset: items.start, in: b.in[lo:hi:hi]}
	s.unyielded.insertAfter(b, rest)
	s.ready.pushFirst(rest)
	s.batchReady.Broadcast()
}
