package promhook

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// health exports what other hooks say of themselves.
type healthMetrics struct {
	delivered, dropped, errors, pending *prometheus.Desc

	mu        sync.Mutex
	reporters []core.StatsReporter
}

func newHealth(c *config) *healthMetrics {
	return &healthMetrics{
		delivered: c.desc("hook_delivered_total", "", "What a hook delivered to its backend. 0: nothing.", labelHook),
		dropped:   c.desc("hook_dropped_total", "", "What a hook gave up, by reason. 0: nothing.", labelHook, labelReason),
		errors:    c.desc("hook_errors_total", "", "Attempts at delivery that failed, also where a later one succeeded. 0: none.", labelHook),
		pending:   c.desc("hook_pending", "", "What a hook has neither delivered nor dropped yet. 0: nothing.", labelHook),
	}
}

// watch adds hooks to those whose health is exported, each of them once.
func (h *healthMetrics) watch(hooks []core.StatsReporter) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range hooks {
		v := reflect.ValueOf(r)
		switch {
		case !v.IsValid(), v.Kind() == reflect.Pointer && v.IsNil(): // nobody to ask
		case v.Comparable() && slices.Contains(h.reporters, r): // hooks that share metrics may name the same
		default:
			h.reporters = append(h.reporters, r)
		}
	}
}

func (h *healthMetrics) describe(ch chan<- *prometheus.Desc) {
	ch <- h.delivered
	ch <- h.dropped
	ch <- h.errors
	ch <- h.pending
}

// collect asks all hooks and sends the sums by their names.
func (h *healthMetrics) collect(ch chan<- prometheus.Metric) {
	h.mu.Lock()
	reporters := slices.Clone(h.reporters)
	h.mu.Unlock()
	sums := label.NewTable(label.MaxErrorTypes, newSum)
	for _, r := range reporters {
		if name, stats, ok := ask(r); ok {
			sums.Get(name).add(stats)
		}
	}
	for hook, s := range sums.All() {
		ch <- prometheus.MustNewConstMetric(h.delivered, prometheus.CounterValue, float64(s.delivered), hook)
		ch <- prometheus.MustNewConstMetric(h.errors, prometheus.CounterValue, float64(s.errors), hook)
		ch <- prometheus.MustNewConstMetric(h.pending, prometheus.GaugeValue, float64(s.pending), hook)
		for reason, dropped := range s.dropped.All() {
			ch <- prometheus.MustNewConstMetric(h.dropped, prometheus.CounterValue, float64(*dropped), hook, reason)
		}
	}
}

// sum is the health of all hooks of one name.
type sum struct {
	delivered, errors, pending uint64
	dropped                    *label.Table[uint64]
}

func newSum(string) *sum {
	return &sum{dropped: label.NewTable(label.MaxErrorTypes, func(string) *uint64 { return new(uint64) })}
}

func (s *sum) add(stats core.HookStats) {
	s.delivered += stats.Delivered
	s.errors += stats.Errors
	s.pending += stats.Pending
	for _, reason := range slices.Sorted(maps.Keys(stats.Dropped)) { // the same ones beyond the limit each time
		*s.dropped.Get(reason) += stats.Dropped[reason]
	}
}

// ask returns a hook's name and health, false if it panics: a scrape that fails
// as a whole would hide everybody's.
func ask(r core.StatsReporter) (name string, stats core.HookStats, ok bool) {
	defer func() { _ = recover() }() // ok stays false
	return r.HookName(), r.Stats(), true
}
