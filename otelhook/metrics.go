package otelhook

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
)

// metrics records what happens. Nil records nothing.
type metrics struct {
	instruments
	attrs     []attribute.KeyValue
	executors *label.Table[executor]
	observing metric.Registration // nil if the meter refused
}

func newMetrics(c config) *metrics {
	if c.noMetrics {
		return nil
	}
	m := &metrics{attrs: c.metricAttrs}
	m.executors = label.NewTable(label.MaxExecutors, m.newExecutor)
	meter := c.meters().Meter(ScopeName, metric.WithInstrumentationVersion(Version()), metric.WithSchemaURL(schemaURL))
	with := &maker{meter: meter}
	m.instruments = newInstruments(with)
	m.observing = m.observe(with, c.stats)
	with.report()
	return m
}

// executor is what is kept for each executor's name.
type executor struct {
	name   string
	live   live.Executor
	all    series // of all outcomes
	ok     series
	failed *label.Table[failures]
}

// failures are the series of one type of error, by outcome.
type failures [core.OutcomePanic + 1]series

// series is a set of attributes as the options of a measurement. They are made
// once: a set made for each measurement costs more than the rest of it.
type series struct {
	record  []metric.RecordOption
	add     []metric.AddOption
	observe []metric.ObserveOption
}

func (m *metrics) series(attrs ...attribute.KeyValue) series {
	option := metric.WithAttributeSet(attribute.NewSet(slices.Concat(m.attrs, attrs)...))
	return series{[]metric.RecordOption{option}, []metric.AddOption{option}, []metric.ObserveOption{option}}
}

func (m *metrics) newExecutor(name string) *executor {
	x := &executor{
		name: name,
		all:  m.series(keyExecutor.String(name)),
		ok:   m.series(keyExecutor.String(name), keyOutcome.String(core.OutcomeOK.String())),
	}
	x.failed = label.NewTable(label.MaxErrorTypes, func(word string) *failures {
		var f failures
		for o := range f {
			f[o] = m.series(keyExecutor.String(name), keyOutcome.String(core.Outcome(o).String()), keyErrorType.String(word))
		}
		return &f
	})
	return x
}

// ended is the series of what ended with an outcome and an error.
func (x *executor) ended(o core.Outcome, err error) *series {
	if o == core.OutcomeOK {
		return &x.ok
	}
	f := x.failed.Get(errorType(err))
	if int(o) >= len(f) {
		o = 0 // only an event made by hand
	}
	return &f[o]
}

// runStart also makes the series that a run is sure to need, so that their
// first values are seen as a rise from zero.
func (m *metrics) runStart(ctx context.Context, e core.RunStart) *live.Run {
	if m == nil {
		return nil
	}
	x := m.executors.Get(e.Executor)
	m.items.Add(ctx, 0, x.ok.add...)
	m.workerBusy.Add(ctx, 0, x.all.add...)
	return x.live.Start(e)
}

func (m *metrics) runEnd(ctx context.Context, e *core.RunEnd) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.runDuration.Record(ctx, max(0, e.Duration).Seconds(), x.ended(e.Outcome, e.Err).record...)
}

func (m *metrics) workerEnd(ctx context.Context, e *core.WorkerEnd) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.workerBusy.Add(ctx, max(0, e.Busy).Seconds(), x.all.add...)
}

func (m *metrics) chunkEnd(ctx context.Context, e *core.ChunkEnd) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.chunkDuration.Record(ctx, max(0, e.Duration).Seconds(), x.ended(e.Outcome, e.Err).record...)
	m.chunkSize.Record(ctx, int64(max(0, e.Items)), x.all.record...)
	if n := e.ItemsDone - e.ItemsFailed; n > 0 {
		m.items.Add(ctx, int64(n), x.ok.add...)
	}
}

// itemFailure counts the items that chunkEnd does not, each with its own type
// of error.
func (m *metrics) itemFailure(ctx context.Context, e *core.ItemFailure) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.items.Add(ctx, int64(max(0, e.Items)), x.ended(e.Outcome, e.Err).add...)
}

func (m *metrics) fault(ctx context.Context, e *core.Fault) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.faults.Add(ctx, 1, m.series(keyExecutor.String(x.name), keyHook.String(label.Clean(e.Hook))).add...)
}
