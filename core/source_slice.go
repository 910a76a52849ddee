package core

import "sync"

// sliceSource cuts the items of a slice into chunks as workers claim them. The
// run's next is the number of the next chunk if the size is fixed, else the index
// of its first item.
type sliceSource struct {
	items   int
	workers int
	size    int // of every chunk, 0 if sizes are timed

	mu     sync.Mutex // of timed sizes only: their claims are few
	chunks int
}

func (s *sliceSource) claim(w *worker) bool {
	if s.size > 0 {
		return s.claimFixed(w)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	lo := int(w.run.next.Load())
	left := s.items - lo
	if left <= 0 {
		return false
	}
	// At most half of an even share, so that no worker gets a long last chunk.
	size := max(1, min(w.nextSize, left/(2*s.workers)))
	w.run.next.Store(int64(lo + size))
	w.setChunk(s.chunks, lo, size)
	s.chunks++
	return true
}

func (s *sliceSource) claimFixed(w *worker) bool {
	chunk := int(w.run.next.Add(1)) - 1
	lo := chunk * s.size
	if lo >= s.items {
		return false
	}
	w.setChunk(chunk, lo, min(s.size, s.items-lo))
	return true
}

func (s *sliceSource) unitFailed(*worker, error) {}
func (s *sliceSource) chunkFinished(*worker)     {}

// claimed returns how many items workers have claimed.
func (s *sliceSource) claimed(r *run) int { return min(s.items, int(r.next.Load())*max(s.size, 1)) }
