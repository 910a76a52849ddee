package promhook

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
)

// observe adds a duration to a histogram, with the exemplar that WithExemplar's
// function returns for ctx.
func (h *Hook) observe(ctx context.Context, histogram prometheus.Histogram, d time.Duration) {
	seconds := max(d, 0).Seconds()
	if h.exemplar == nil {
		histogram.Observe(seconds)
		return
	}
	var labels prometheus.Labels
	// Deferred, so that the duration counts even if the user's function breaks:
	// its panic continues to core, which reports a fault.
	defer func() {
		if e, ok := histogram.(prometheus.ExemplarObserver); ok && validExemplar(labels) {
			e.ObserveWithExemplar(seconds, labels)
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
