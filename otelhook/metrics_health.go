package otelhook

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

// health reads how other hooks get on with their backends.
type hookHealth struct {
	*metrics
	hooks []core.StatsReporter

	delivered, dropped, errors metric.Int64ObservableCounter
	pending                    metric.Int64ObservableUpDownCounter
}

// newHealth makes the instruments, unless there is no hook to read.
func (m *metrics) newHealth(builder *instrumentBuilder, hooks []core.StatsReporter) (*hookHealth, []metric.Observable) {
	if len(hooks) == 0 {
		return nil, nil
	}
	h := &hookHealth{
		metrics:   m,
		hooks:     hooks,
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

// observe reads every hook, also if one of them breaks.
func (h *hookHealth) observe(o metric.Observer) error {
	if h == nil {
		return nil
	}
	totals, err := h.read()
	for name, s := range totals {
		attrs := h.series(keyHook.String(name))
		observeCounter(o, h.delivered, s.Delivered, attrs)
		observeCounter(o, h.errors, s.Errors, attrs)
		if h.pending != nil {
			o.ObserveInt64(h.pending, int64(s.Pending), attrs.observe...)
		}
		for reason, n := range s.Dropped {
			observeCounter(o, h.dropped, n, h.series(keyHook.String(name), keyReason.String(reason)))
		}
	}
	return err
}

func observeCounter(o metric.Observer, counter metric.Int64ObservableCounter, n uint64, attrs series) {
	if counter != nil {
		o.ObserveInt64(counter, int64(n), attrs.observe...)
	}
}

// read adds up the stats of hooks that have the same name.
func (h *hookHealth) read() (map[string]core.HookStats, error) {
	totals := map[string]core.HookStats{}
	var errs []error
	for _, hook := range h.hooks {
		name, s, err := stats(hook)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		sum := totals[name]
		sum.Delivered += s.Delivered
		sum.Errors += s.Errors
		sum.Pending += s.Pending
		if sum.Dropped == nil {
			sum.Dropped = map[string]uint64{}
		}
		for reason, n := range s.Dropped {
			sum.Dropped[label.Clean(reason)] += n
		}
		totals[name] = sum
	}
	return totals, errors.Join(errs...)
}

// stats calls foreign code on the goroutine of a reader, where a panic would
// end the program.
func stats(hook core.StatsReporter) (name string, s core.HookStats, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("otelhook: Stats of a %T panicked: %v", hook, v)
		}
	}()
	return label.Clean(hook.HookName()), hook.Stats(), nil
}
