package core

import (
	"sync"
)

// plan cuts n items into chunks as workers ask for them. The run's next is the
// number of the next chunk where their size is fixed, else its first item.
type plan struct {
	n       int
	workers int
	size    int // of every chunk, 0 for sizes that follow the clock

	mu     sync.Mutex // of the sizes that follow the clock: few claims, so no need to be clever
	chunks int
}

// defaultChunkSize is the size for functions that take a chunk as a whole: 16
// chunks for each worker share uneven work well enough, and beyond 1,000 items
// the cost of a call no longer matters.
func defaultChunkSize(n, workers int) int {
	return min(1000, (n+16*workers-1)/(16*workers))
}

func (p *plan) claim(w *worker) bool {
	if p.size > 0 {
		return p.claimFixed(w)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	lo := int(w.run.next.Load())
	left := p.n - lo
	if left <= 0 {
		return false
	}
	// Half of an even share at the most, so that no worker is left with a long
	// last chunk.
	size := max(1, min(w.want, left/(2*p.workers)))
	w.run.next.Store(int64(lo + size))
	w.setChunk(p.chunks, lo, size)
	p.chunks++
	return true
}

func (p *plan) claimFixed(w *worker) bool {
	chunk := int(w.run.next.Add(1)) - 1
	lo := chunk * p.size
	if lo >= p.n {
		return false
	}
	w.setChunk(chunk, lo, min(p.size, p.n-lo))
	return true
}

func (p *plan) failed(*worker, error) {}
func (p *plan) finished(*worker)      {}

// claimed returns how many items were given out.
func (p *plan) claimed(r *run) int { return min(p.n, int(r.next.Load())*max(p.size, 1)) }
