package otelhook

import (
	"fmt"

	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/internal/health"
)

// hookHealth exports the health of hooks, this one included.
type hookHealth struct {
	*metrics
	sources *health.Sources

	delivered, dropped, errors metric.Int64ObservableCounter
	pending                    metric.Int64ObservableUpDownCounter
}

// newHealth makes the instruments, unless there is no hook to read.
func (m *metrics) newHealth(builder *instrumentBuilder, sources *health.Sources) (*hookHealth, []metric.Observable) {
	if sources.Empty() {
		return nil, nil
	}
	h := &hookHealth{
		metrics:   m,
		sources:   sources,
		delivered: builder.observableCounter("chunkscope.hook.delivered", "{message}", "Messages that a hook delivered."),
		dropped:   builder.observableCounter("chunkscope.hook.dropped", "{message}", "Messages that a hook gave up."),
		errors:    builder.observableCounter("chunkscope.hook.errors", "{error}", "Attempts to deliver that failed."),
		pending:   builder.observableUpDownCounter("chunkscope.hook.pending", "{message}", "Messages that a hook has yet to deliver."),
	}
	var observables []metric.Observable
	for _, i := range []metric.Int64ObservableCounter{h.delivered, h.dropped, h.errors} {
		if i != nil {
			observables = append(observables, i)
		}
	}
	if h.pending != nil {
		observables = append(observables, h.pending)
	}
	return h, observables
}

// observe reads every hook. Its error names the hooks that broke.
func (h *hookHealth) observe(o metric.Observer) error {
	if h == nil {
		return nil
	}
	all, err := h.sources.Read()
	for name, stats := range all {
		attrs := h.series(keyHook.String(name))
		observeCounter(o, h.delivered, stats.Delivered, attrs)
		observeCounter(o, h.errors, stats.Errors, attrs)
		if h.pending != nil {
			o.ObserveInt64(h.pending, int64(stats.Pending), attrs.observe...)
		}
		for reason, n := range stats.Dropped {
			observeCounter(o, h.dropped, n, h.series(keyHook.String(name), keyReason.String(reason)))
		}
	}
	if err != nil {
		return fmt.Errorf("otelhook: %w", err)
	}
	return nil
}

func observeCounter(o metric.Observer, counter metric.Int64ObservableCounter, n uint64, attrs series) {
	if counter != nil {
		o.ObserveInt64(counter, int64(n), attrs.observe...)
	}
}
