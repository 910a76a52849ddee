package promhook

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/runctx"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

var (
	_ core.HookRunStart    = (*Hook)(nil)
	_ core.HookRunEnd      = (*Hook)(nil)
	_ core.HookWorkerStart = (*Hook)(nil)
	_ core.HookWorkerEnd   = (*Hook)(nil)
	_ core.HookChunkEnd    = (*Hook)(nil)
	_ core.HookItemFailure = (*Hook)(nil)
	_ core.HookProgress    = (*Hook)(nil)
	_ core.HookFault       = (*Hook)(nil)
	_ prometheus.Collector = (*Hook)(nil)
)

// hookName is the name of a Hook.
const hookName = "promhook"

// Hook counts and measures runs for Prometheus. One hook serves any number of
// executors and runs, and is safe for concurrent use. It has no goroutine and no
// connection, and so there is nothing to shut down.
//
// A Hook is also a [prometheus.Collector], for use with WithRegisterer(nil).
type Hook struct {
	metrics  *metrics
	gatherer prometheus.Gatherer // the source of Handler
	interval time.Duration
	exemplar func(context.Context) prometheus.Labels
}

// New returns a hook whose metrics are registered with
// [prometheus.DefaultRegisterer], or with the registerer of WithRegisterer.
//
// Hooks with the same namespace and constant labels on one registerer share
// their metrics, and must have the same options for histograms. Register only
// one of them with an executor, or its runs count twice.
//
// New panics with an error if options are invalid, or if the registerer has
// other metrics of the same names. The error names every invalid option, and
// says what to do.
func New(opts ...Option) *Hook {
	c := newConfig(opts)
	h := &Hook{
		metrics:  newMetrics(c),
		gatherer: c.gatherer,
		interval: c.interval,
		exemplar: c.exemplar,
	}
	if c.registerer != nil {
		h.register(c.registerer)
	}
	h.metrics.health.sources.Add(c.reporters...)
	if h.gatherer == nil {
		h.gatherer = gathererOf(h)
	}
	return h
}

// gathererOf returns a gatherer of what c collects, and nothing else.
func gathererOf(c prometheus.Collector) prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	return r
}

// HookName returns "promhook".
func (*Hook) HookName() string { return hookName }

// Describe sends the descriptors of all metrics. It implements
// [prometheus.Collector].
func (h *Hook) Describe(ch chan<- *prometheus.Desc) { h.metrics.describe(ch) }

// Collect sends all metrics with their current values. It implements
// [prometheus.Collector], may be called at any time, and waits for no run.
func (h *Hook) Collect(ch chan<- prometheus.Metric) { h.metrics.collect(ch) }

// Handler returns a handler to mount at /metrics. It serves everything that is
// registered with the hook's registerer. If there is none, or if it cannot
// gather, the handler serves the hook's metrics alone.
//
// It answers GET and HEAD in the text format or in OpenMetrics, compressed if
// the client asks for it; other methods get status 405. At most eight requests
// are served at once, each within ten seconds; others get status 503.
func (h *Hook) Handler() http.Handler { return newHandler(h.gatherer) }

// OnRunStart adds the run to the executor's gauges. The executor's first run
// creates its series.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	x := h.metrics.executors.Get(e.Executor)
	x.custom.Update()
	if h.interval > 0 {
		x.interval.Store(int64(h.interval))
	}
	return runctx.With(ctx, h, x.live.Start(e))
}

// OnRunEnd counts the run and removes it from the gauges.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	x := h.metrics.executors.Get(e.Executor)
	runctx.From[*live.Run](ctx, h).End(e)
	runs := x.runs.get(e.Outcome)
	if runs == nil {
		return
	}
	runs.Inc()
	if e.Outcome.Failed() && e.ItemsFailed == 0 {
		x.errors.Get(label.ErrorType(e.Err)).Inc() // OnItemFailure has not counted it
	}
	h.observe(ctx, x.runDuration, &x.runExemplars, e.Duration, e.Ended)
}

// OnWorkerStart counts a worker as active.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	runctx.From[*live.Run](ctx, h).WorkerStart()
}

// OnWorkerEnd counts a worker as no longer active.
func (h *Hook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd) {
	runctx.From[*live.Run](ctx, h).WorkerEnd()
}

// OnChunkEnd counts the chunk, its time, and its items that did not fail.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	x := h.metrics.executors.Get(e.Executor)
	chunks := x.chunks.get(e.Outcome)
	if chunks == nil {
		return
	}
	chunks.Inc()
	x.chunkSize.Observe(float64(max(e.Items-e.Returned, 0)))
	if ok := e.ItemsDone - e.ItemsFailed; ok > 0 {
		x.items.get(core.OutcomeOK).Add(float64(ok))
	}
	x.busy.Add(uint64(max(e.Duration, 0)))
	for _, v := range e.Custom {
		if c := x.custom.Get(v.Name); c != nil {
			usercounter.Add(&c.value, v.Value)
		}
	}
	if e.Remote() {
		x.remoteChunk(&e)
	}
	h.observe(ctx, x.chunkDuration, &x.chunkExemplars, e.Duration, e.Ended)
}

// OnItemFailure counts an error and the items that failed with it.
func (h *Hook) OnItemFailure(_ context.Context, e core.ItemFailure) {
	x := h.metrics.executors.Get(e.Executor)
	if items := x.items.get(e.Outcome); items != nil {
		items.Add(float64(max(e.Items, 0)))
	}
	x.errors.Get(label.ErrorType(e.Err)).Inc()
}

// OnProgress updates the gauges of the run.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	runctx.From[*live.Run](ctx, h).Progress(e)
}

// OnFault counts a fault of a hook.
func (h *Hook) OnFault(_ context.Context, e core.Fault) {
	h.metrics.executors.Get(e.Executor).faults.Get(e.Hook).Inc()
}
