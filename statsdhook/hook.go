package statsdhook

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/live"
	"github.com/chunkscope/chunkscope/internal/runctx"
	"github.com/chunkscope/chunkscope/internal/sendq"
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
	_ core.HookAnomaly     = (*Hook)(nil)
	_ core.HookFault       = (*Hook)(nil)
	_ core.Flusher         = (*Hook)(nil)
	_ core.Shutdowner      = (*Hook)(nil)
	_ core.StatsReporter   = (*Hook)(nil)
)

// queueSize is how many timers wait for the sender: some 100 KiB.
const queueSize = 4096

// Hook sends the events of executors to a StatsD server as metrics. It may be
// registered with any number of executors, and is safe for concurrent use.
type Hook struct {
	config    *config
	executors *label.Table[series]
	allSeries atomic.Pointer[[]*series] // each once: several names may share one
	queue     *sendq.Queue[timerValue]
	transport transport

	lastDrainStarted atomic.Bool // the sender has begun to collect the counters for the last time
	lastDrainDone    atomic.Bool // it has collected them
}

// timerValue is a timer in the queue.
type timerValue struct {
	*timerMetric
	duration time.Duration
}

// New returns a hook that sends to a server at "host:port" over UDP, or at
// "unixgram:///path/to/socket". It returns an error that reports every mistake in
// the address and the options. A server that is down or whose name does not
// resolve is no error: the hook keeps trying and counts what it loses. The hook
// opens and starts nothing before its first event. The caller calls Shutdown in
// the end.
func New(addr string, opts ...Option) (*Hook, error) {
	c := newConfig()
	e, problem := parseEndpoint(addr)
	c.mistakes.Require(problem == "", "New", addr, problem+"; give host:port or unixgram:///path/to/socket")
	if err := c.apply(opts); err != nil {
		return nil, err
	}
	h := newHook(c)
	h.transport = newPacketTransport(newPacketConn(e, c, newDeliveryLog(h.queue, c.logger)), c)
	return h, nil
}

// NewWithSender returns a hook that sends through the caller's client. The hook
// never closes it, and the client must be open until Shutdown has returned. If
// its tag format is not DogStatsD, give it with WithTagFormat. The error reports
// every mistake in the options, and a missing client.
//
// The hook calls the client on one goroutine at a time. A line counts as
// delivered when the client returns no error; what a buffered client loses later
// is unknown to the hook. A client that panics or calls runtime.Goexit costs the
// line it was called with. A nil *statsd.Client is a client that does nothing.
func NewWithSender(client statsd.StatSender, opts ...Option) (*Hook, error) {
	c := newConfig()
	c.mistakes.Require(client != nil, "NewWithSender", client, "there is no client; give one, or use New")
	if _, mayBeNil := client.(*statsd.Client); !mayBeNil {
		c.mistakes.NotTypedNil("NewWithSender", client)
	}
	if err := c.apply(opts); err != nil {
		return nil, err
	}
	h := newHook(c)
	h.transport = &clientTransport{client, newDeliveryLog(h.queue, c.logger)}
	return h, nil
}

func newHook(c *config) *Hook {
	h := &Hook{config: c}
	h.allSeries.Store(&[]*series{})
	h.queue = sendq.New(queueSize, 1, h.send)
	tags := make([]statsd.Tag, len(c.tags))
	for i, tag := range c.tags {
		tags[i] = statsd.Tag{tag[0], clean(c.tagFormat, label.Clean(tag[1]))}
	}
	byCleanName := map[string]*series{} // needs no lock: the table creates one value at a time
	h.executors = label.NewTable(label.MaxExecutors, func(name string) *series {
		namer := &metricNamer{prefix: c.prefix, format: c.tagFormat, executor: clean(c.tagFormat, name), tags: tags}
		if s := byCleanName[namer.executor]; s != nil {
			return s // two series would overwrite each other's gauges
		}
		s := newSeries(namer, c.sampleRate < 1)
		byCleanName[namer.executor] = s
		all := append(slices.Clone(*h.allSeries.Load()), s)
		h.allSeries.Store(&all)
		h.queue.Start()
		return s
	})
	return h
}

// HookName returns "statsdhook".
func (h *Hook) HookName() string { return "statsdhook" }

// OnRunStart adds a run to the gauges.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	s := h.executors.Get(e.Executor)
	s.custom.Update()
	return runctx.With(ctx, h, s.live.Start(e))
}

// OnRunEnd counts and times a run. It counts the error of a run that failed
// without a failed item.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	runctx.From[*live.Run](ctx, h).End(e)
	s := h.executors.Get(e.Executor)
	outcomeCounter(&s.runs, e.Outcome).add(1)
	if e.Outcome.Failed() && e.ItemsFailed == 0 { // OnItemFailure has not counted it
		s.errors.Get(label.ErrorType(e.Err)).add(1)
	}
	h.putTimer(&s.runDuration, e.Duration)
	h.refuseLateCounts(s)
}

// OnWorkerStart adds a worker to the gauges.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	runctx.From[*live.Run](ctx, h).WorkerStart()
}

// OnWorkerEnd removes a worker from the gauges and times how long it was busy.
func (h *Hook) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	runctx.From[*live.Run](ctx, h).WorkerEnd()
	s := h.executors.Get(e.Executor)
	h.putTimer(&s.workerBusy, e.Busy)
}

// OnChunkEnd counts and times a chunk, unless it is not in the sample.
func (h *Hook) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	s := h.executors.Get(e.Executor)
	s.lastChunkSize.Store(int64(e.Items - e.Returned))
	for _, v := range e.Custom { // also of chunks outside the sample
		if c := s.custom.Get(v.Name); c != nil {
			usercounter.Add(&c.count, v.Value)
		}
	}
	if h.config.sampleRate < 1 && rand.Float64() >= h.config.sampleRate { //nolint:gosec // G404: a sample, not a secret
		h.refuseLateCounts(s)
		return
	}
	outcomeCounter(&s.chunks, e.Outcome).add(1)
	s.items[core.OutcomeOK].add(e.ItemsDone - e.ItemsFailed)
	h.putTimer(&s.chunkDuration, e.Duration)
	if e.Remote() {
		s.chunkAttempts.add(max(1, e.Attempts))
		s.lost.add(e.WorkersLost)
		h.putTimer(&s.chunkWait, e.Waited)
	}
	h.refuseLateCounts(s)
}

// OnItemFailure counts failed items, and their error by type.
func (h *Hook) OnItemFailure(_ context.Context, e core.ItemFailure) {
	s := h.executors.Get(e.Executor)
	outcomeCounter(&s.items, e.Outcome).add(e.Items)
	s.errors.Get(label.ErrorType(e.Err)).add(1)
	h.refuseLateCounts(s)
}

// OnProgress updates the gauges with a run's progress.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	runctx.From[*live.Run](ctx, h).Progress(e)
}

// OnAnomaly counts anomalies when they begin.
func (h *Hook) OnAnomaly(_ context.Context, e core.Anomaly) {
	if e.Over {
		return
	}
	s := h.executors.Get(e.Executor)
	s.anomalies.Get(string(e.Kind)).add(1)
	h.refuseLateCounts(s)
}

// OnFault counts faults by hook.
func (h *Hook) OnFault(_ context.Context, e core.Fault) {
	s := h.executors.Get(e.Executor)
	s.faults.Get(e.Hook).add(1)
	h.refuseLateCounts(s)
}

// putTimer puts a timer into the queue.
func (h *Hook) putTimer(t *timerMetric, d time.Duration) { h.queue.Put(0, timerValue{t, max(0, d)}) }
