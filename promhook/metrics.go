package promhook

import (
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/internal/metricname"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

// metrics are the metrics of one registration. The hooks that share it write to
// them, and scrapes read them.
type metrics struct {
	executors *label.Table[executorSeries]
	custom    *usercounter.Set[prometheus.Desc]
	health    *healthMetrics

	runs, chunks, items, errors, faults, attempts, workersLost *prometheus.CounterVec
	runDuration, chunkDuration, chunkSize, chunkWait           *prometheus.HistogramVec

	gauges         []*prometheus.Desc // in the order of the list gauges
	interval, busy *prometheus.Desc
	build          prometheus.Metric

	histograms histogramOptions
}

// histogramOptions are the options that must be equal in hooks that share metrics.
type histogramOptions struct {
	chunkBuckets, runBuckets []float64
	native                   bool
}

func (o histogramOptions) equal(p histogramOptions) bool {
	return o.native == p.native && slices.Equal(o.chunkBuckets, p.chunkBuckets) && slices.Equal(o.runBuckets, p.runBuckets)
}

func newMetrics(c *config) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: c.namespace, Name: name, Help: help, ConstLabels: c.constLabels,
		}, labels)
	}
	histogram := func(name, unit, help string, buckets []float64) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{
			Namespace: c.namespace, Name: name, Unit: unit, Help: help, ConstLabels: c.constLabels, Buckets: buckets,
		}
		if c.native {
			opts.NativeHistogramBucketFactor = 1.1
			opts.NativeHistogramMaxBucketNumber = 160
			opts.NativeHistogramMinResetDuration = time.Hour
		}
		return prometheus.NewHistogramVec(opts, []string{labelExecutor})
	}
	m := &metrics{
		runs: counter("runs_total",
			"Runs that ended, by outcome. 0: none did.", labelExecutor, labelOutcome),
		chunks: counter("chunks_total",
			"Chunks that ended, by outcome. 0: none did.", labelExecutor, labelOutcome),
		items: counter("items_total",
			"Items that finished, by outcome: ok when their chunk ends, error and panic at once. 0: none.",
			labelExecutor, labelOutcome),
		errors: counter("errors_total",
			"Failures of items, of chunks as a whole and of runs beside them, by the type of error; _other is all after the first 32 types. 0: none.",
			labelExecutor, labelType),
		faults: counter("hook_faults_total",
			"Panics of a hook, and calls of it that took over ten seconds. 0: none.", labelExecutor, labelHook),
		runDuration: histogram("run_duration_seconds", "seconds",
			"Duration of runs that ended, whatever their outcome. A count of 0: none did.", c.runBuckets),
		chunkDuration: histogram("chunk_duration_seconds", "seconds",
			"Time that user code took for a chunk. A count of 0: none ended.", c.chunkBuckets),
		chunkSize: histogram("chunk_size_items", "items",
			"Length of chunks that ended. A count of 0: none did.", ladder.ChunkSize()),
		chunkWait: histogram("chunk_wait_seconds", "seconds",
			"Time that chunks done elsewhere waited: queue, transport and lost attempts. A count of 0: none ended.", c.chunkBuckets),
		attempts: counter("chunk_attempts_total",
			"Attempts at chunks done elsewhere that ended. 0: none did.", labelExecutor),
		workersLost: counter("remote_workers_lost_total",
			"Remote workers that were lost with a chunk. 0: none was.", labelExecutor),
		interval: c.desc("run_expected_interval_seconds", "seconds",
			"Time from one run to the next, as the user states it. Never 0.", labelExecutor),
		busy: c.desc("worker_busy_seconds_total", "seconds",
			"Time that workers spent in user code, of chunks that ended. 0: none did.", labelExecutor),
		build: prometheus.MustNewConstMetric(c.desc("build_info", "",
			"Always 1; the labels tell the version of Chunkscope and of Go.", labelVersion, labelGoVersion),
			prometheus.GaugeValue, 1, version(), runtime.Version()),
		health:     newHealthMetrics(c),
		histograms: histogramOptions{c.chunkBuckets, c.runBuckets, c.native},
	}
	for _, g := range gauges {
		m.gauges = append(m.gauges, c.desc(g.name, g.unit, g.help, labelExecutor))
	}
	m.custom = usercounter.NewSet(func(u *core.Counter) *prometheus.Desc {
		unit := u.Unit()
		if name := metricname.Prometheus(u.Name(), unit); !strings.HasSuffix(name, "_"+unit+"_total") {
			unit = "" // OpenMetrics wants the unit in the name
		}
		return c.desc(metricname.Prometheus(u.Name(), u.Unit()), unit, u.Help(), labelExecutor)
	})
	m.executors = label.NewTable(label.MaxExecutors, m.newExecutor)
	return m
}

// desc describes a metric that each scrape creates anew.
func (c *config) desc(name, unit, help string, labels ...string) *prometheus.Desc {
	return prometheus.V2.NewDesc(prometheus.BuildFQName(c.namespace, "", name), help,
		prometheus.UnconstrainedLabels(labels), c.constLabels, prometheus.WithUnit(unit))
}

func (m *metrics) describe(ch chan<- *prometheus.Desc) {
	for _, v := range []prometheus.Collector{
		m.runs, m.chunks, m.items, m.errors, m.faults, m.runDuration, m.chunkDuration, m.chunkSize,
		m.chunkWait, m.attempts, m.workersLost,
	} {
		v.Describe(ch)
	}
	for _, d := range m.gauges {
		ch <- d
	}
	ch <- m.interval
	ch <- m.busy
	ch <- m.build.Desc()
	m.health.describe(ch)
	for _, c := range describedCounters() {
		ch <- m.custom.Get(c.Name())
	}
}

// describedCounters are the user's counters that hooks describe: those that the process
// had when its first hook was made, so that all hooks describe the same. A registry
// accepts the metrics of later ones too, unless it is pedantic.
var describedCounters = sync.OnceValue(core.Counters)

func (m *metrics) collect(ch chan<- prometheus.Metric) {
	m.collectProcess(ch)
	for _, x := range m.executors.All() {
		x.collect(ch)
	}
}

// collectProcess sends the metrics of the process, which belong to no executor.
func (m *metrics) collectProcess(ch chan<- prometheus.Metric) {
	ch <- m.build
	m.health.collect(ch)
}

// version returns the version of Chunkscope in the program.
func version() string {
	const module = "github.com/chunkscope/chunkscope"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return label.Unknown
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path != module {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		return label.Clean(m.Version)
	}
	return label.Unknown
}
