package otelhook

import (
	"context"
	"slices"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/metricname"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

// metrics records events as measurements. Nil records nothing.
type metrics struct {
	instruments
	attrs        []attribute.KeyValue
	executors    *label.Table[executor]
	custom       *usercounter.Set[customCounter]
	registration metric.Registration // nil if the meter refused the callback
}

func newMetrics(c *config) *metrics {
	if c.noMetrics {
		return nil
	}
	m := &metrics{attrs: c.metricAttrs}
	m.executors = label.NewTable(label.MaxExecutors, m.newExecutor)
	meter := c.currentMeterProvider().Meter(ScopeName, metric.WithInstrumentationVersion(Version()), metric.WithSchemaURL(schemaURL))
	builder := &instrumentBuilder{meter: meter}
	m.instruments = newInstruments(builder)
	complete := false
	m.custom = usercounter.NewSet(func(c *core.Counter) *customCounter {
		if !complete {
			return newCustom(builder, c)
		}
		late := &instrumentBuilder{meter: meter} // of a counter that was made after the hook
		defer late.reportErrors()
		return newCustom(late, c)
	})
	m.registration = m.registerObservables(builder, c.sources)
	builder.reportErrors()
	complete = true
	return m
}

// customCounter is one of the user's counters.
type customCounter struct{ metric.Int64Counter }

// newCustom makes the instrument of a user's counter.
func newCustom(builder *instrumentBuilder, c *core.Counter) *customCounter {
	return &customCounter{builder.counter("chunkscope."+c.Name(), metricname.OpenTelemetry(c.Unit()), c.Help())}
}

// executor has the series and the active runs of one executor's name.
type executor struct {
	name        string
	live        live.Executor
	busy        atomic.Uint64 // nanoseconds in user code
	anyOutcome  series        // without an outcome
	ok          series
	partial     series
	byErrorType *label.Table[seriesByOutcome]
}

// seriesByOutcome are the series of one type of error.
type seriesByOutcome [core.OutcomePanic + 1]series

// series is a set of attributes as the options of a measurement. It is made once,
// because making the set costs more than the rest of a measurement.
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
		name:       name,
		anyOutcome: m.series(keyExecutor.String(name)),
		ok:         m.series(keyExecutor.String(name), keyOutcome.String(core.OutcomeOK.String())),
		partial:    m.series(keyExecutor.String(name), keyOutcome.String(core.OutcomePartial.String())),
	}
	x.byErrorType = label.NewTable(label.MaxErrorTypes, func(errorType string) *seriesByOutcome {
		var all seriesByOutcome
		for o := range all {
			all[o] = m.series(keyExecutor.String(name), keyOutcome.String(core.Outcome(o).String()), keyErrorType.String(errorType))
		}
		return &all
	})
	return x
}

// seriesOf returns the series for an outcome and an error. Successes have no type of
// error, also those of runs that tolerated failures.
func (x *executor) seriesOf(o core.Outcome, err error) *series {
	switch o {
	case core.OutcomeOK:
		return &x.ok
	case core.OutcomePartial:
		return &x.partial
	}
	all := x.byErrorType.Get(errorType(err))
	if int(o) >= len(all) {
		o = 0 // no event of core's has such an outcome
	}
	return &all[o]
}

// runStart counts a run as active. It also makes the series of good items and of the
// user's counters, so that a backend sees their first value as a rise from zero.
func (m *metrics) runStart(ctx context.Context, e core.RunStart) *live.Run {
	if m == nil {
		return nil
	}
	x := m.executors.Get(e.Executor)
	m.items.Add(ctx, 0, x.ok.add...)
	m.custom.Update()
	for _, c := range m.custom.All() {
		c.Add(ctx, 0, x.anyOutcome.add...)
	}
	return x.live.Start(e)
}

func (m *metrics) runEnd(ctx context.Context, e *core.RunEnd) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.runDuration.Record(ctx, max(0, e.Duration).Seconds(), x.seriesOf(e.Outcome, e.Err).record...)
}

func (m *metrics) chunkEnd(ctx context.Context, e *core.ChunkEnd) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	took := max(0, e.Duration)
	x.busy.Add(uint64(took))
	m.chunkDuration.Record(ctx, took.Seconds(), x.seriesOf(e.Outcome, e.Err).record...)
	m.chunkSize.Record(ctx, int64(max(0, e.Items-e.Returned)), x.anyOutcome.record...)
	if n := e.ItemsDone - e.ItemsFailed; n > 0 {
		m.items.Add(ctx, int64(n), x.ok.add...)
	}
	if e.Remote() {
		m.chunkWait.Record(ctx, max(0, e.Waited).Seconds(), x.anyOutcome.record...)
		m.chunkAttempts.Add(ctx, int64(max(1, e.Attempts)), x.anyOutcome.add...)
		m.workersLost.Add(ctx, int64(max(0, e.WorkersLost)), x.anyOutcome.add...)
	}
	for _, v := range e.Custom {
		if c := m.custom.Get(v.Name); c != nil && v.Value > 0 {
			c.Add(ctx, v.Value, x.anyOutcome.add...)
		}
	}
}

// itemFailure counts failed items, by the type of their error. chunkEnd counts
// the others.
func (m *metrics) itemFailure(ctx context.Context, e *core.ItemFailure) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.items.Add(ctx, int64(max(0, e.Items)), x.seriesOf(e.Outcome, e.Err).add...)
}

func (m *metrics) fault(ctx context.Context, e *core.Fault) {
	if m == nil {
		return
	}
	x := m.executors.Get(e.Executor)
	m.faults.Add(ctx, 1, m.series(keyExecutor.String(x.name), keyHook.String(label.Clean(e.Hook))).add...)
}
