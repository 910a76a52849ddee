package webhookhook

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets of which eight share each power of
// two, so that what it gives back is exact to a sixteenth. It has a fixed size,
// and adding to it is one atomic addition.
type histogram [subBuckets * (64 - 3)]atomic.Uint64

const subBuckets = 8

// bucket returns where a duration is counted.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < subBuckets {
		return int(n)
	}
	shift := bits.Len64(n) - 4 // leaves 8 to 15
	return shift*subBuckets + int(n>>shift)
}

// middle returns the duration in the middle of a bucket.
func middle(bucket int) time.Duration {
	if bucket < 2*subBuckets {
		return time.Duration(bucket)
	}
	shift := bucket/subBuckets - 1
	low := uint64(bucket-shift*subBuckets) << shift
	return time.Duration(low + (uint64(1)<<shift)/2)
}

func (h *histogram) add(d time.Duration) { h[bucket(d)].Add(1) }

// quantiles returns the durations below which the parts qs, ascending and from
// 0 to 1, of all lie; zeros if there are none.
func (h *histogram) quantiles(qs ...float64) []time.Duration {
	var counts [len(h)]uint64 // as they are now: others keep adding
	var total uint64
	for i := range h {
		counts[i] = h[i].Load()
		total += counts[i]
	}
	found := make([]time.Duration, len(qs))
	var below uint64
	next := 0
	for i, n := range counts {
		below += n
		for next < len(qs) && below > 0 && float64(below) >= qs[next]*float64(total) {
			found[next] = middle(i)
			next++
		}
	}
	return found
}
