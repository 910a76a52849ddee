package webhookhook

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets of which eight share each power of
// two, so that what it gives back is exact to a sixteenth. It has a fixed size of
// 2 KiB, and adding to it is one atomic addition.
type histogram [subBuckets * (64 - 3)]atomic.Uint32

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
func bucketMiddle(bucket int) time.Duration {
	if bucket < 2*subBuckets {
		return time.Duration(bucket)
	}
	shift := bucket/subBuckets - 1
	low := uint64(bucket-shift*subBuckets) << shift
	return time.Duration(low + (uint64(1)<<shift)/2)
}

func (h *histogram) add(d time.Duration) { h[bucket(d)].Add(1) }

// shards are histograms that workers share as little as they can: two that add
// to one histogram wait for each other's caches. They are made when they are
// needed.
type shardedHistogram [8]atomic.Pointer[histogram]

// of returns the histogram of a worker.
func (s *shardedHistogram) shard(worker int) *histogram {
	shard := &s[uint(worker)%uint(len(s))]
	if h := shard.Load(); h != nil {
		return h
	}
	shard.CompareAndSwap(nil, new(histogram)) // or somebody else was first
	return shard.Load()
}

// quantiles returns the durations below which the parts qs, ascending and from
// 0 to 1, of all lie; zeros if there are none.
func (s *shardedHistogram) quantiles(qs ...float64) []time.Duration {
	var histograms []*histogram
	var total uint64 // as it is now: others keep adding
	for i := range s {
		if h := s[i].Load(); h != nil {
			histograms = append(histograms, h)
			for b := range h {
				total += uint64(h[b].Load())
			}
		}
	}
	found := make([]time.Duration, len(qs))
	var below uint64
	next := 0
	for b := 0; b < len(histogram{}) && next < len(qs); b++ {
		for _, h := range histograms {
			below += uint64(h[b].Load())
		}
		for next < len(qs) && below > 0 && float64(below) >= qs[next]*float64(total) {
			found[next] = bucketMiddle(b)
			next++
		}
	}
	return found
}
