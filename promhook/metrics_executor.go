package promhook

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

// executorSeries holds the series of one executor, so that an event needs no
// look-up by label.
type executorSeries struct {
	metrics *metrics
	label   string

	runs, chunks, items                   outcomeCounters
	errors, faults                        *label.Table[counter]
	runDuration, chunkDuration, chunkSize prometheus.Histogram
	runExemplars, chunkExemplars          exemplarTimes

	remote     atomic.Pointer[remoteSeries] // nil before the first chunk that was done elsewhere
	makeRemote sync.Once

	busy     atomic.Uint64 // in nanoseconds: adding a whole number is cheaper than adding seconds
	custom   *usercounter.Set[customCounter]
	interval atomic.Int64 // a time.Duration, 0 without WithExpectedInterval
	live     live.Executor
}

// counter is the value type of a label.Table, which keeps pointers.
type counter struct{ prometheus.Counter }

// customCounter is one of the user's counters.
type customCounter struct {
	desc  *prometheus.Desc
	value atomic.Int64
}

// remoteSeries are the series of chunks that were done elsewhere. Executors that have
// none of these have no such series.
type remoteSeries struct {
	wait                  prometheus.Histogram
	attempts, workersLost prometheus.Counter
}

// remoteChunk counts a chunk that was done elsewhere.
func (x *executorSeries) remoteChunk(e *core.ChunkEnd) {
	x.makeRemote.Do(func() {
		m := x.metrics
		x.remote.Store(&remoteSeries{
			executorHistogram(m.chunkWait, x.label), m.attempts.WithLabelValues(x.label), m.workersLost.WithLabelValues(x.label),
		})
	})
	r := x.remote.Load()
	r.wait.Observe(max(e.Waited, 0).Seconds())
	r.attempts.Add(float64(max(e.Attempts, 1)))
	r.workersLost.Add(float64(max(e.WorkersLost, 0)))
}

// outcomeCounters holds a counter for each outcome that is counted.
type outcomeCounters [core.OutcomePanic + 1]prometheus.Counter

// get returns the counter of an outcome. It returns nil for an outcome that is
// not counted, and for an invalid one: a caller other than core may send any.
func (b *outcomeCounters) get(o core.Outcome) prometheus.Counter {
	if int(o) >= len(b) {
		return nil
	}
	return b[o]
}

// newExecutor creates the series of an executor. Those whose labels are known
// beforehand exist at 0 from here on: a counter that appears with a value shows
// no increase.
func (m *metrics) newExecutor(name string) *executorSeries {
	x := &executorSeries{
		metrics:        m,
		label:          name,
		runDuration:    executorHistogram(m.runDuration, name),
		chunkDuration:  executorHistogram(m.chunkDuration, name),
		chunkSize:      executorHistogram(m.chunkSize, name),
		runExemplars:   newExemplarTimes(m.histograms.runBuckets),
		chunkExemplars: newExemplarTimes(m.histograms.chunkBuckets),
	}
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		x.runs[o] = m.runs.WithLabelValues(name, o.String())
		if o == core.OutcomePartial {
			continue // of runs only
		}
		x.chunks[o] = m.chunks.WithLabelValues(name, o.String())
		if o != core.OutcomeCanceled { // an item that did not finish does not count
			x.items[o] = m.items.WithLabelValues(name, o.String())
		}
	}
	x.errors = executorCounters(m.errors, name, label.Panic, label.Goexit, label.Timeout, label.Canceled)
	x.faults = executorCounters(m.faults, name, hookName)
	x.custom = usercounter.NewSet(func(c *core.Counter) *customCounter { return &customCounter{desc: m.custom.Get(c.Name())} })
	return x
}

// executorHistogram returns the executor's histogram in a vector. Every child of
// the vector is a [prometheus.Histogram].
func executorHistogram(v *prometheus.HistogramVec, name string) prometheus.Histogram {
	return v.WithLabelValues(name).(prometheus.Histogram)
}

// executorCounters returns the executor's counters in a vector, by a label whose
// values are open. The counters of the initial values exist at once.
func executorCounters(v *prometheus.CounterVec, name string, initial ...string) *label.Table[counter] {
	t := label.NewTable(label.MaxErrorTypes, func(value string) *counter {
		return &counter{v.WithLabelValues(name, value)}
	})
	for _, value := range initial {
		t.Get(value)
	}
	return t
}

// collect sends the executor's metrics. Its gauges show one instant.
func (x *executorSeries) collect(ch chan<- prometheus.Metric) { x.send(ch, true) }

// collectKnown is collect without the time of the last success while that is 0,
// so that the value of an earlier process stays where the metrics go.
func (x *executorSeries) collectKnown(ch chan<- prometheus.Metric) { x.send(ch, false) }

func (x *executorSeries) send(ch chan<- prometheus.Metric, withUnset bool) {
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		for _, counters := range []*outcomeCounters{&x.runs, &x.chunks, &x.items} {
			if c := counters[o]; c != nil {
				ch <- c
			}
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
	if r := x.remote.Load(); r != nil {
		ch <- r.wait
		ch <- r.attempts
		ch <- r.workersLost
	}

	state := x.live.Read()
	for i, g := range gauges {
		value := g.value(state)
		if !withUnset && g.name == lastSuccessName && value == 0 {
			continue
		}
		ch <- x.constMetric(x.metrics.gauges[i], prometheus.GaugeValue, value)
	}
	if d := time.Duration(x.interval.Load()); d > 0 {
		ch <- x.constMetric(x.metrics.interval, prometheus.GaugeValue, d.Seconds())
	}
	for _, c := range x.custom.All() {
		ch <- x.constMetric(c.desc, prometheus.CounterValue, float64(c.value.Load()))
	}
	ch <- x.constMetric(x.metrics.busy, prometheus.CounterValue, float64(x.busy.Load())/1e9)
}

// constMetric returns a metric with the executor's label, for one scrape.
func (x *executorSeries) constMetric(d *prometheus.Desc, t prometheus.ValueType, value float64) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, t, value, x.label)
}
