package otelhook

import "sync/atomic"

// ChunkSpans says which chunks get a span of their own.
//
// A chunk is slow if it is among the slowest tenth of its run's chunks, or took
// more than twice as long as they did on average. That is known when the run has
// ended: the spans of slow chunks are made or ended then, with their true times
// and the attribute chunkscope.chunk.slow. A span that began with its chunk waits
// for a minute at most. There is a limit of slow chunks, and of failed ones; see
// [WithMaxChunkSpans].
type ChunkSpans uint8

const (
	// All gives every chunk a span, a child of the run's. The spans of user
	// code are children of the chunk's. Beyond the limit of WithMaxChunkSpans
	// it is the same as SlowOrFailed.
	All ChunkSpans = iota
	// SlowOrFailed gives a span to chunks that failed, when they have ended, and
	// to those that were slow, when the run has. The spans of user code are
	// children of the run's.
	SlowOrFailed
	// Linked gives every chunk a trace of its own with a link to the run's
	// span, for runs whose chunks make many spans each. It has the same limit
	// as All, and the provider's sampler decides about each chunk.
	Linked
	// Off gives no chunk a span.
	Off
)

// spanBudget is how many chunk spans a run may make, by what they are for. None
// of them takes the place of another.
type spanBudget struct {
	first  quota // chunks at their start
	failed quota // failed chunks without a span so far
	slow   int   // the slowest chunks, which slowChunks keeps to
}

// init divides a limit as WithMaxChunkSpans says.
func (b *spanBudget) init(which ChunkSpans, limit int) {
	switch which {
	case Off:
	case SlowOrFailed:
		b.slow = share(limit, 10)
		b.failed.left.Store(int64(limit - b.slow))
	default:
		b.slow = share(limit, 20)
		b.failed.left.Store(int64(b.slow))
		b.first.left.Store(int64(limit - 2*b.slow))
	}
}

// maxSlow bounds what a run holds for its slowest chunks, about 300 bytes each.
const maxSlow = 100

// share returns one of n parts of a limit: at least 1 if there is enough for two,
// and at most maxSlow.
func share(limit, n int) int { return min(max(1, limit/n), limit/2, maxSlow) }

// quota is a number of spans that may still be made.
type quota struct{ left atomic.Int64 }

// reserve takes one span. It reports false if none is left.
func (q *quota) reserve() bool {
	for {
		left := q.left.Load()
		if left <= 0 {
			return false
		}
		if q.left.CompareAndSwap(left, left-1) {
			return true
		}
	}
}

// giveBack returns a reserved span that was not recorded.
func (q *quota) giveBack() { q.left.Add(1) }
