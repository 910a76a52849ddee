package core

import (
	"context"
	"slices"
	"sync"
)

// sliceSource cuts the items of a slice into chunks as workers claim them. The
// run's next is the number of the next chunk if the size is fixed, else the index
// of its first item.
type sliceSource struct {
	items   int
	workers int
	size    int                // of every chunk, 0 if sizes are timed
	nameOf  func(i int) string // nil if items have no names

	// Of timed sizes only; their claims are few.
	mu           sync.Mutex
	chunks       int
	returned     []itemRange // given back by chunks that were cut, in order
	moreItems    sync.Cond   // for workers that wait: items were given back, or none will be
	waiting      int         // workers
	stopWatching func() bool // ends the wake-up at cancellation; nil if no worker has waited
}

// claim implements chunkSource.
func (s *sliceSource) claim(w *worker) bool {
	if s.size > 0 {
		return s.claimFixed(w)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.unclaimed(w.run) == 0 {
		if w.stopping() || !w.run.mayGiveBack(w) {
			return false
		}
		s.wait(w)
	}
	// At most half of an even share, so that no worker gets a long last chunk.
	size := max(1, min(w.nextSize, s.unclaimed(w.run)/(2*s.workers)))
	items := s.take(w.run, size)
	w.setChunk(s.chunks, items.start, items.end-items.start)
	w.inChunk = true
	s.chunks++
	if items.end-items.start > 1 {
		w.run.cutter.start(w.run)
	}
	return true
}

func (s *sliceSource) claimFixed(w *worker) bool {
	chunk := int(w.run.next.Add(1)) - 1
	if chunk >= s.fixedChunks() {
		return false
	}
	lo := chunk * s.size
	w.setChunk(chunk, lo, min(s.size, s.items-lo))
	return true
}

// fixedChunks returns the number of chunks of a fixed size, without overflow.
func (s *sliceSource) fixedChunks() int {
	if s.items == 0 {
		return 0
	}
	return (s.items-1)/s.size + 1
}

// unclaimed returns how many items no worker has claimed, of timed sizes.
func (s *sliceSource) unclaimed(r *run) int {
	n := s.items - int(r.next.Load())
	for _, items := range s.returned {
		n += items.end - items.start
	}
	return n
}

// take removes at most size unclaimed items that follow each other, the first ones.
func (s *sliceSource) take(r *run, size int) itemRange {
	if len(s.returned) == 0 {
		lo := int(r.next.Load())
		r.next.Store(int64(lo + size))
		return itemRange{lo, lo + size}
	}
	first := &s.returned[0]
	items := itemRange{first.start, min(first.start+size, first.end)}
	first.start = items.end
	if first.start == first.end {
		s.returned = slices.Delete(s.returned, 0, 1)
	}
	return items
}

// wait waits until items were given back, none will be, or the run stops.
func (s *sliceSource) wait(w *worker) {
	if s.stopWatching == nil {
		s.stopWatching = context.AfterFunc(w.run.runCtx, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.moreItems.Broadcast()
		})
	}
	s.waiting++
	s.moreItems.Wait()
	s.waiting--
	if w.began = w.run.now(); w.eventBuffers != nil {
		w.markFree()
	}
}

// cut implements chunkSource.
func (s *sliceSource) cut(w *worker, chunk int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if w.inChunk && int(w.atChunk.Load()) == chunk {
		s.giveBack(itemRange{w.requestCut(chunk), w.limit()})
	}
}

// settleCut implements chunkSource.
func (s *sliceSource) settleCut(w *worker, giveBack bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.giveBack(w.takeCut(giveBack))
}

// giveBack adds items to those that workers can claim.
func (s *sliceSource) giveBack(items itemRange) {
	if items.start >= items.end {
		return
	}
	i, _ := slices.BinarySearchFunc(s.returned, items, compareRanges)
	s.returned = slices.Insert(s.returned, i, items)
	s.moreItems.Broadcast()
}

// unitFailed implements chunkSource.
func (s *sliceSource) unitFailed(*worker, error) {}

// chunkFinished implements chunkSource.
func (s *sliceSource) chunkFinished(w *worker) {
	if s.size > 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w.inChunk = false
	if s.waiting > 0 {
		s.moreItems.Broadcast()
	}
}

// close ends what the source has started.
func (s *sliceSource) close() {
	if s.stopWatching != nil {
		s.stopWatching()
	}
}

// unclaimedRanges returns the items that no worker has claimed.
func (s *sliceSource) unclaimedRanges(r *run) []itemRange {
	claimed := int(r.next.Load())
	switch {
	case s.size == 0:
	case claimed >= s.fixedChunks():
		claimed = s.items
	default:
		claimed *= s.size
	}
	if claimed >= s.items {
		return s.returned
	}
	return append(s.returned, itemRange{claimed, s.items})
}
