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
type executor struct {
	metrics *metrics
	label   string

	runs, chunks, items                   byOutcome
	errors, faults                        *label.Table[counter]
	runDuration, chunkDuration, chunkSize prometheus.Histogram

	busy     atomic.Uint64 // nanoseconds; a counter of whole numbers costs a chunk less than one of seconds
	interval atomic.Int64  // time.Duration, 0 if nobody states one
	live     live.Executor
}

// counter is a value of a label.Table, which is a pointer to it.
type counter struct{ prometheus.Counter }

// byOutcome has a counter for each outcome.
type byOutcome [core.OutcomePanic + 1]prometheus.Counter

// of returns the counter of an outcome; nil for one that is not counted, and for
// what is none, which only an event that no executor sent can have.
func (b *byOutcome) of(o core.Outcome) prometheus.Counter {
	if int(o) >= len(b) {
		return nil
	}
	return b[o]
}

// newExecutor makes the series of an executor. All whose labels are known
// beforehand exist at 0 from here on, for a counter that appears with a value
// shows no increase.
func (m *metrics) newExecutor(name string) *executor {
	x := &executor{
		metrics:       m,
		label:         name,
		runDuration:   histogramOf(m.runDuration, name),
		chunkDuration: histogramOf(m.chunkDuration, name),
		chunkSize:     histogramOf(m.chunkSize, name),
	}
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		x.runs[o] = m.runs.WithLabelValues(name, o.String())
		x.chunks[o] = m.chunks.WithLabelValues(name, o.String())
		if o != core.OutcomeCanceled { // an item that did not finish does not count
			x.items[o] = m.items.WithLabelValues(name, o.String())
		}
	}
	x.errors = countersOf(m.errors, name, label.Panic, label.Goexit, label.Timeout, label.Canceled)
	x.faults = countersOf(m.faults, name, hookName)
	return x
}

// histogramOf returns the executor's histogram of a vector, whose children
// are all [prometheus.Histogram].
func histogramOf(v *prometheus.HistogramVec, name string) prometheus.Histogram {
	return v.WithLabelValues(name).(prometheus.Histogram)
}

// countersOf returns the executor's counters of a vector by a label whose values
// come up as they may, and of which those known already exist at once.
func countersOf(v *prometheus.CounterVec, name string, known ...string) *label.Table[counter] {
	t := label.NewTable(label.MaxErrorTypes, func(value string) *counter {
		return &counter{v.WithLabelValues(name, value)}
	})
	for _, value := range known {
		t.Get(value)
	}
	return t
}

// collect sends the executor's metrics. Its gauges are of one instant.
func (x *executor) collect(ch chan<- prometheus.Metric) { x.send(ch, false) }

// send sends the executor's metrics, with known instants without a time of
// success that is not known.
func (x *executor) send(ch chan<- prometheus.Metric, known bool) {
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
		if known && g.name == lastSuccess && value == 0 {
			continue
		}
		ch <- x.made(x.metrics.gauges[i], prometheus.GaugeValue, value)
	}
	if d := time.Duration(x.interval.Load()); d > 0 {
		ch <- x.made(x.metrics.interval, prometheus.GaugeValue, d.Seconds())
	}
	ch <- x.made(x.metrics.busy, prometheus.CounterValue, float64(x.busy.Load())/1e9)
}

// made makes a metric for one scrape.
func (x *executor) made(d *prometheus.Desc, t prometheus.ValueType, value float64) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, t, value, x.label)
}

// lastSuccess is the name of the gauge that matters most of a batch job.
const lastSuccess = "run_last_success_timestamp_seconds"

// gauges are the metrics that are read from the state of the active runs.
var gauges = []struct {
	name, unit, help string
	value            func(live.State) float64
}{
	{
		"runs_active", "", "Runs that have started and not ended. 0: none.",
		func(s live.State) float64 { return float64(s.RunsActive) },
	},
	{
		"run_last_start_timestamp_seconds", "seconds", "Start of the last run. 0: none has started.",
		func(s live.State) float64 { return unix(s.LastStart) },
	},
	{
		"run_last_completion_timestamp_seconds", "seconds", "End of the last run that ended, successful or not. 0: none has ended.",
		func(s live.State) float64 { return unix(s.LastCompletion) },
	},
	{
		lastSuccess, "seconds", "End of the last run with outcome ok. 0: none has succeeded since the process started.",
		func(s live.State) float64 { return unix(s.LastSuccess) },
	},
	{
		"run_last_duration_seconds", "seconds", "Time that the last run to end took. 0: none has ended.",
		func(s live.State) float64 { return max(s.LastDuration, 0).Seconds() },
	},
	{
		"oldest_run_start_timestamp_seconds", "seconds", "Start of the run that has been active longest. 0: none is active.",
		func(s live.State) float64 { return unix(s.OldestRunStart) },
	},
	{
		"run_estimated_completion_timestamp_seconds", "seconds",
		"When the last of the active runs is expected to end. 0: none is active, or there is nothing to tell it by yet.",
		func(s live.State) float64 { return unix(s.EstimatedCompletion) },
	},
	{
		"chunks_active", "", "Chunks that are being worked on. 0: none.",
		func(s live.State) float64 { return atLeast0(s.ChunksActive) },
	},
	{
		"oldest_chunk_start_timestamp_seconds", "seconds", "Start of the chunk that has been worked on longest. 0: none is.",
		func(s live.State) float64 { return unix(s.OldestChunkStart) },
	},
	{
		"items_expected", "", "Items of the active runs whose total is known. 0: there is no such run.",
		func(s live.State) float64 { return atLeast0(s.ItemsExpected) },
	},
	{
		"progress_ratio", "ratio", "Share of items_expected that is done, failed ones included, from 0 to 1. 0: nothing yet, or no such run is active.",
		func(s live.State) float64 { return min(max(s.Progress, 0), 1) },
	},
	{
		"workers", "", "Chunks that may be worked on at once in the active runs. 0: no run is active, or their callers decide.",
		func(s live.State) float64 { return atLeast0(s.Workers) },
	},
	{
		"workers_active", "", "Workers of the active runs that have not finished. 0: none.",
		func(s live.State) float64 { return atLeast0(s.WorkersActive) },
	},
}

// unix is an instant in Prometheus: 0 where there is none.
func unix(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}

// atLeast0 keeps sums that events of no executor made overflow from showing.
func atLeast0(n int) float64 { return float64(max(n, 0)) }
