package otelhook

import (
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// ChunkSpans says which chunks get a span of their own.
//
// A chunk is slow if it took more than twice as long as the earlier chunks of
// its run on average, and more than twice as long as the same number of items
// took on average. The comparison is with a mean because a percentile would call
// a twentieth of equal chunks slow. The number of items counts because the first
// chunks of a run double in size.
type ChunkSpans uint8

const (
	// All gives every chunk a span, a child of the run's. The spans of user
	// code are children of the chunk's. Beyond the limit of WithMaxChunkSpans
	// it is the same as SlowOrFailed.
	All ChunkSpans = iota
	// SlowOrFailed gives a span to chunks that were slow or failed, when they
	// have ended. The spans of user code are children of the run's.
	SlowOrFailed
	// Linked gives every chunk a trace of its own with a link to the run's
	// span, for runs whose chunks make many spans each. It has the same limit
	// as All, and the provider's sampler decides about each chunk.
	Linked
	// Off gives no chunk a span.
	Off
)

// spanBudget counts the chunk spans of a run.
type spanBudget struct {
	used, dropped atomic.Int64
}

// reserve takes one of limit spans. It reports false if none is left.
func (b *spanBudget) reserve(limit int) bool {
	for {
		used := b.used.Load()
		if used >= int64(limit) {
			return false
		}
		if b.used.CompareAndSwap(used, used+1) {
			return true
		}
	}
}

// release gives back a reserved span that was not recorded.
func (b *spanBudget) release() { b.used.Add(-1) }

// ordinaryLimit is how many of the chunk spans any chunk may have. The others
// are kept for chunks that are slow or fail.
func ordinaryLimit(maxChunkSpans int) int { return maxChunkSpans - maxChunkSpans/10 }

// slowFactor is how many times as long as the average a slow chunk takes.
const slowFactor = 2

// chunkPace adds up how long the chunks of a run took. Its parts are read one by
// one, as a chunk that is missing in one of them does no harm.
type chunkPace struct {
	nanos, items, chunks atomic.Int64
}

// add adds a chunk, and reports whether it was slow compared with those before.
func (p *chunkPace) add(e *core.ChunkEnd) (slow bool) {
	took, size := max(0, int64(e.Duration)), max(0, int64(e.Items-e.Returned))
	chunks, items, nanos := p.chunks.Load(), p.items.Load(), float64(p.nanos.Load())
	p.nanos.Add(took)
	p.items.Add(size)
	p.chunks.Add(1)
	if chunks == 0 {
		return false // there is nothing to compare with
	}
	limit := slowFactor * max(nanos/float64(chunks), nanos/float64(max(1, items))*float64(size))
	return float64(took) > limit
}
