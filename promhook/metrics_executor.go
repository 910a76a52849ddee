package promhook

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
)

// executor has the series of one executor, at hand without a look-up.
type executorSeries struct {
	metrics *metrics
	label   string

	runs, chunks, items                   outcomeCounters
	errors, faults                        *label.Table[counter]
	runDuration, chunkDuration, chunkSize prometheus.Histogram

	busy     atomic.Uint64 // nanoseconds; a counter of whole numbers costs a chunk less than one of seconds
	interval atomic.Int64  // time.Duration, 0 if nobody states one
	live     live.Executor
}

// counter is a value of a label.Table, which is a pointer to it.
type counter struct{ prometheus.Counter }

// byOutcome has a counter for each outcome.
type outcomeCounters [core.OutcomePanic + 1]prometheus.Counter

// of returns the counter of an outcome; nil for one that is not counted, and for
// what is none, which only an event that no executor sent can have.
func (b *outcomeCounters) get(o core.Outcome) prometheus.Counter {
	if int(o) >= len(b) {
		return nil
	}
	return b[o]
}

// newExecutor makes the series of an executor. All whose labels are known
// beforehand exist at 0 from here on, for a counter that appears with a value
// shows no increase.
func (m *metrics) newExecutor(name string) *executorSeries {
	x := &executorSeries{
		metrics:       m,
		label:         name,
		runDuration:   executorHistogram(m.runDuration, name),
		chunkDuration: executorHistogram(m.chunkDuration, name),
		chunkSize:     executorHistogram(m.chunkSize, name),
	}
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		x.runs[o] = m.runs.WithLabelValues(name, o.String())
		x.chunks[o] = m.chunks.WithLabelValues(name, o.String())
		if o != core.OutcomeCanceled { // an item that did not finish does not count
			x.items[o] = m.items.WithLabelValues(name, o.String())
		}
	}
	x.errors = executorCounters(m.errors, name, label.Panic, label.Goexit, label.Timeout, label.Canceled)
	x.faults = executorCounters(m.faults, name, hookName)
	return x
}

// histogramOf returns the executor's histogram of a vector, whose children
// are all [prometheus.Histogram].
func executorHistogram(v *prometheus.HistogramVec, name string) prometheus.Histogram {
	return v.WithLabelValues(name).(prometheus.Histogram)
}

// countersOf returns the executor's counters of a vector by a label whose values
// come up as they may, and of which those known already exist at once.
func executorCounters(v *prometheus.CounterVec, name string, initial ...string) *label.Table[counter] {
	t := label.NewTable(label.MaxErrorTypes, func(value string) *counter {
		return &counter{v.WithLabelValues(name, value)}
	})
	for _, value := range initial {
		t.Get(value)
	}
	return t
}

// collect sends the executor's metrics. Its gauges are of one instant.
func (x *executorSeries) collect(ch chan<- prometheus.Metric) { x.collectInto(ch, false) }

// send sends the executor's metrics, with known instants without a time of
// success that is not known.
func (x *executorSeries) collectInto(ch chan<- prometheus.Metric, omitUnset bool) {
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		ch <- x.runs[o]
		ch <- x.chunks[o]
		if items := x.items[o]; items != nil {
			ch <- items
		}
	}
	for _, table := range []*label.Table[counter]{x.errors, x.faults} {
		for _, c := range table.All() {
			ch <- c
		}
	}
	ch <- x.runDuration
	ch <- x.chunkDuration
	ch <- x.chunkSize

	state := x.live.Read()
	for i, g := range gauges {
		value := g.value(state)
		if omitUnset && g.name == lastSuccessName && value == 0 {
			continue
		}
		ch <- x.constMetric(x.metrics.gauges[i], prometheus.GaugeValue, value)
	}
	if d := time.Duration(x.interval.Load()); d > 0 {
		ch <- x.constMetric(x.metrics.interval, prometheus.GaugeValue, d.Seconds())
	}
	ch <- x.constMetric(x.metrics.busy, prometheus.CounterValue, float64(x.busy.Load())/1e9)
}

// made makes a metric for one scrape.
func (x *executorSeries) constMetric(d *prometheus.Desc, t prometheus.ValueType, value float64) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, t, value, x.label)
}
