package otelhook

import (
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// ChunkSpans says which chunks get a span of their own.
//
// A chunk is slow if it took more than twice as long as the run's chunks before
// it did on average, and more than twice as long as so many items would have.
// The comparison with a mean, rather than a percentile, leaves chunks that are
// all alike in peace: a twentieth of them would be above their 95th percentile.
// The one by items forgives the first chunks of a run, which double in size.
type ChunkSpans uint8

const (
	// All gives every chunk a span, a child of the run's, in which the user's
	// code runs. From the limit of WithMaxChunkSpans on it goes on as
	// SlowOrFailed.
	All ChunkSpans = iota
	// SlowOrFailed gives a span to chunks that were slow or failed, made when
	// they are over. What user code records is a child of the run's span.
	SlowOrFailed
	// Linked gives every chunk a trace of its own, with a link to the run's
	// span: for runs whose chunks make many spans each. It follows the limit as
	// All does, and the provider's sampler decides about each chunk.
	Linked
	// Off gives no chunk a span.
	Off
)

// budget counts the chunk spans of a run.
type budget struct {
	used, dropped atomic.Int64
}

// take takes one of limit spans, unless they are used up.
func (b *budget) take(limit int) bool {
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

// giveBack returns a span that came to nothing.
func (b *budget) giveBack() { b.used.Add(-1) }

// unreserved is how many of the most spans any chunk may have; the others wait
// for chunks that are slow or fail.
func unreserved(most int) int { return most - most/10 }

// slowFactor is how many times as long as others a slow chunk takes.
const slowFactor = 2

// pace is how long the chunks of a run took so far. Its parts are read one by
// one: that a chunk too few or too many is in one of them changes nothing.
type pace struct {
	nanos, items, chunks atomic.Int64
}

// slow tells whether a chunk was slow, and adds it to those that others are
// compared with.
func (p *pace) slow(e *core.ChunkEnd) bool {
	took, size := max(0, int64(e.Duration)), max(0, int64(e.Items))
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
