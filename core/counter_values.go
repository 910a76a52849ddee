package core

import (
	"math"
	"sync/atomic"
)

// counterValues are a worker's sums of the user's counters, by their index. A worker
// makes them at its first Add.
type counterValues struct {
	now   [maxCounters + 1]atomic.Int64 // since the run's start
	seen  [maxCounters + 1]int64        // those at the end of the last chunk
	chunk [maxCounters + 1]int64        // of the last chunk
}

// makeCounters makes the worker's sums, on any goroutine.
func (w *worker) makeCounters() *counterValues {
	w.custom.CompareAndSwap(nil, new(counterValues)) // fails if another goroutine was faster
	return w.custom.Load()
}

// endChunk sums up what the chunk that has ended added to the counters.
func (v *counterValues) endChunk() {
	for _, c := range allCounters() {
		now := v.now[c.index].Load()
		if now < v.seen[c.index] {
			now = math.MaxInt64 // it has overflowed
		}
		v.chunk[c.index] = now - v.seen[c.index]
		v.seen[c.index] = now
	}
}

// runCounters returns the sums over all chunks of a run, nil if there are none. The
// run's lock is held, and its workers have ended.
func (r *run) runCounters() []CounterValue {
	var sum [maxCounters + 1]int64
	for _, w := range r.workers {
		if v := w.custom.Load(); v != nil {
			for i, n := range v.seen {
				if sum[i] += n; sum[i] < 0 {
					sum[i] = math.MaxInt64
				}
			}
		}
	}
	return nonZero(&sum)
}

// nonZero returns the values that are not 0 in the order of their names.
func nonZero(values *[maxCounters + 1]int64) []CounterValue {
	n := 0
	for _, v := range values {
		if v > 0 {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	found := make([]CounterValue, 0, n)
	for _, c := range allCounters() {
		if v := values[c.index]; v > 0 {
			found = append(found, CounterValue{c.name, c.unit, v})
		}
	}
	return found
}
