package core

import (
	"math"
	"time"
)

const (
	fastItem     = 100 * time.Nanosecond // below it, a context check before each item would cost too much
	shortItem    = 10 * time.Microsecond // below it, so would a store to the live counters after each item
	groupSize    = 16                    // that many items then share one
	sparseGroup  = 256                   // or that many fast ones, if only the cutter reads it
	neverPublish = math.MaxInt
)

// adaptSizes sets the worker's sizes for its next chunk by the last one: took is
// how long so many items lasted.
func (w *worker) adaptSizes(items int, took time.Duration) {
	w.cancelCheckEvery = 1
	if took < fastItem*time.Duration(items) {
		w.cancelCheckEvery = groupSize
	}
	if w.publishEvery != neverPublish {
		w.publishEvery = 1
		switch {
		case took < fastItem*time.Duration(items) && !w.run.reported:
			w.publishEvery = sparseGroup
		case took < shortItem*time.Duration(items):
			w.publishEvery = groupSize
		}
		w.setLag()
	}
	if w.run.timed {
		w.nextSize = scaledSize(items, took, w.run.target)
	}
}

// setLag stores how many items the worker may be ahead of what it has published.
func (w *worker) setLag() {
	if lag := int64(w.publishEvery - 1 + w.cancelCheckEvery); w.publishEvery != neverPublish && lag != w.lag.Load() {
		w.lag.Store(lag)
	}
}

// scaledSize returns how many items would last for the target. It is at most
// eight times items, as early measurements are rough.
func scaledSize(items int, took, target time.Duration) int {
	want := float64(items) * float64(target) / float64(max(took, 1))
	return max(1, int(min(want, 8*float64(items), math.MaxInt/2)))
}

// defaultChunkSize is the size for functions on chunks. Sixteen chunks a worker
// share uneven work well enough, and beyond 1,000 items the cost of a call no
// longer matters.
func defaultChunkSize(n, workers int) int {
	return min(1000, (n-1)/(16*workers)+1)
}

// The sizes of a stream's chunks, whose total is not known.
const (
	maxStreamChunk     = 4096 // of timed chunks
	defaultStreamChunk = 1000 // of functions on chunks
	maxAhead           = 4096 // items pulled and not yet yielded, if two chunks a worker are fewer
)
