package promhook

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/internal/health"
)

// healthMetrics export the health of other hooks, as their Stats report it.
type healthMetrics struct {
	sources health.Sources

	delivered, dropped, errors, pending *prometheus.Desc
}

func newHealthMetrics(c *config) *healthMetrics {
	return &healthMetrics{
		delivered: c.desc("hook_delivered_total", "", "What a hook delivered to its backend. 0: nothing.", labelHook),
		dropped:   c.desc("hook_dropped_total", "", "What a hook gave up, by reason. 0: nothing.", labelHook, labelReason),
		errors:    c.desc("hook_errors_total", "", "Attempts at delivery that failed, also where a later one succeeded. 0: none.", labelHook),
		pending:   c.desc("hook_pending", "", "What a hook has neither delivered nor dropped yet. 0: nothing.", labelHook),
	}
}

func (h *healthMetrics) describe(ch chan<- *prometheus.Desc) {
	ch <- h.delivered
	ch <- h.dropped
	ch <- h.errors
	ch <- h.pending
}

// collect reads all hooks and sends the sums by their names. A hook that breaks
// is left out: a failed scrape would hide all other metrics.
func (h *healthMetrics) collect(ch chan<- prometheus.Metric) {
	sums, _ := h.sources.Read()
	for hook, stats := range sums {
		ch <- prometheus.MustNewConstMetric(h.delivered, prometheus.CounterValue, float64(stats.Delivered), hook)
		ch <- prometheus.MustNewConstMetric(h.errors, prometheus.CounterValue, float64(stats.Errors), hook)
		ch <- prometheus.MustNewConstMetric(h.pending, prometheus.GaugeValue, float64(stats.Pending), hook)
		for reason, dropped := range stats.Dropped {
			ch <- prometheus.MustNewConstMetric(h.dropped, prometheus.CounterValue, float64(dropped), hook, reason)
		}
	}
}
