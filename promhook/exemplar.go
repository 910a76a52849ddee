package promhook

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
)

// exemplarInterval is the least time between two exemplars of a bucket. A scrape
// reads only the newest, and one costs more than the rest of an observation.
const exemplarInterval = time.Second

// exemplarTimes are when the buckets of a histogram got their last exemplars.
type exemplarTimes struct {
	bounds []float64
	last   []atomic.Int64 // Unix nanoseconds, for each bound and infinity
}

func newExemplarTimes(bounds []float64) exemplarTimes {
	return exemplarTimes{bounds, make([]atomic.Int64, len(bounds)+1)}
}

// of returns when the bucket of a value got its last exemplar.
func (t *exemplarTimes) of(value float64) *atomic.Int64 {
	bucket, _ := slices.BinarySearch(t.bounds, value)
	return &t.last[bucket]
}

// observe adds a duration to a histogram. Where the last exemplar is old enough at
// an instant, it adds the one that WithExemplar's function returns for ctx.
func (h *Hook) observe(ctx context.Context, histogram prometheus.Histogram, times *exemplarTimes, d time.Duration, at time.Time) {
	seconds := max(d, 0).Seconds()
	if h.exemplar == nil {
		histogram.Observe(seconds)
		return
	}
	last, now := times.of(seconds), at.UnixNano()
	if age := now - last.Load(); 0 <= age && age < int64(exemplarInterval) {
		histogram.Observe(seconds)
		return
	}
	var labels prometheus.Labels
	// Deferred, so that the duration counts even if the user's function breaks:
	// its panic continues to core, which reports a fault.
	defer func() {
		if e, ok := histogram.(prometheus.ExemplarObserver); ok && validExemplar(labels) {
			e.ObserveWithExemplar(seconds, labels)
			last.Store(now)
		} else {
			histogram.Observe(seconds)
		}
	}()
	labels = h.exemplar(ctx)
}

// validExemplar reports whether labels are a useful exemplar, at least one label
// long, that ObserveWithExemplar accepts. It panics on others.
func validExemplar(labels prometheus.Labels) bool {
	runes := 0
	for name, value := range labels {
		if !validLabel(name, value) {
			return false
		}
		runes += utf8.RuneCountInString(name) + utf8.RuneCountInString(value)
	}
	return len(labels) > 0 && runes <= prometheus.ExemplarMaxRunes
}
