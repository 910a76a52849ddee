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

// hookName is what HookName returns.
const hookName = "promhook"

// Hook turns what happens in runs into Prometheus metrics. One hook serves any
// number of executors and of runs at once. It has no goroutine and no
// connection, so that there is nothing to shut down.
//
// A Hook is also a [prometheus.Collector], for use with WithRegisterer(nil).
type Hook struct {
	metrics  *metrics
	gatherer prometheus.Gatherer // what Handler serves
	interval time.Duration
	exemplar func(context.Context) prometheus.Labels
}

// New returns a hook whose metrics are registered with
// [prometheus.DefaultRegisterer], or with what WithRegisterer says.
//
// Hooks with the same namespace and constant labels on one registerer share
// their metrics, and then need the same options for histograms; register only
// one of them with an executor, or its runs count twice. New panics if an
// option makes no sense, or if the registerer has other metrics of the same
// names. The message tells which and what to do.
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
	h.metrics.health.watch(c.reporters)
	if h.gatherer == nil {
		h.gatherer = gathererOf(h)
	}
	return h
}

// gathererOf returns a gatherer of nothing but what c collects.
func gathererOf(c prometheus.Collector) prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	return r
}

// HookName returns "promhook".
func (*Hook) HookName() string { return hookName }

// Describe sends the descriptors of all metrics, as [prometheus.Collector] asks.
func (h *Hook) Describe(ch chan<- *prometheus.Desc) { h.metrics.describe(ch) }

// Collect sends all metrics as they are now, as [prometheus.Collector] asks. It
// may be called at any time and waits for no run.
func (h *Hook) Collect(ch chan<- prometheus.Metric) { h.metrics.collect(ch) }

// Handler returns what to mount at /metrics: it serves everything that is
// registered where the hook is, or the hook's metrics alone if it is registered
// nowhere, or with a registerer that cannot gather. It answers GET and HEAD, in
// the text format or OpenMetrics and compressed as the client prefers, eight
// requests at once and each within ten seconds; others get status 405 or 503.
func (h *Hook) Handler() http.Handler { return newHandler(h.gatherer) }

// OnRunStart makes the executor's series, if this is its first run, and adds
// the run to its gauges.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	x := h.metrics.executors.Get(e.Executor)
	if h.interval > 0 {
		x.interval.Store(int64(h.interval))
	}
	return runctx.With(ctx, h, x.live.Start(e))
}

// OnRunEnd counts the run and takes it out of the gauges.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	x := h.metrics.executors.Get(e.Executor)
	runctx.From[*live.Run](ctx, h).End(e)
	runs := x.runs.get(e.Outcome)
	if runs == nil {
		return
	}
	runs.Inc()
	if e.Outcome >= core.OutcomeError && e.ItemsFailed == 0 {
		x.errors.Get(label.ErrorType(e.Err)).Inc() // no item's failure, so nobody has counted it
	}
	h.observe(ctx, x.runDuration, e.Duration)
}

// OnWorkerStart counts a worker as active.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	runctx.From[*live.Run](ctx, h).WorkerStart()
}

// OnWorkerEnd counts a worker as active no longer.
func (h *Hook) OnWorkerEnd(ctx context.Context, _ core.WorkerEnd) {
	runctx.From[*live.Run](ctx, h).WorkerEnd()
}

// OnChunkEnd counts the chunk, its items that did not fail and the time it took.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	x := h.metrics.executors.Get(e.Executor)
	chunks := x.chunks.get(e.Outcome)
	if chunks == nil {
		return
	}
	chunks.Inc()
	x.chunkSize.Observe(float64(max(e.Items, 0)))
	if ok := e.ItemsDone - e.ItemsFailed; ok > 0 {
		x.items.get(core.OutcomeOK).Add(float64(ok))
	}
	x.busy.Add(uint64(max(e.Duration, 0)))
	h.observe(ctx, x.chunkDuration, e.Duration)
}

// OnItemFailure counts an error and the items that failed with it.
func (h *Hook) OnItemFailure(_ context.Context, e core.ItemFailure) {
	x := h.metrics.executors.Get(e.Executor)
	if items := x.items.get(e.Outcome); items != nil {
		items.Add(float64(max(e.Items, 0)))
	}
	x.errors.Get(label.ErrorType(e.Err)).Inc()
}

// OnProgress brings the gauges of the run up to date.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	runctx.From[*live.Run](ctx, h).Progress(e)
}

// OnFault counts the misbehaviour of a hook.
func (h *Hook) OnFault(_ context.Context, e core.Fault) {
	h.metrics.executors.Get(e.Executor).faults.Get(e.Hook).Inc()
}
