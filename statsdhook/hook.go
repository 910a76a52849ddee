package statsdhook

import (
	"context"
	"errors"
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

// Hook sends what it is told to a StatsD server. It may be registered with any
// number of executors, and is safe for concurrent use.
type Hook struct {
	config           *config
	executors        *label.Table[series]
	allSeries        atomic.Pointer[[]*series] // each once, though several names may clean to the same
	queue            *sendq.Queue[timerValue]
	transport        transport
	lastDrainStarted atomic.Bool // the sender has begun its last look at the counters
	lastDrainDone    atomic.Bool // and it is over
}

// timing is a timer that waits to be sent.
type timerValue struct {
	*timerMetric
	duration time.Duration
}

// New returns a hook that sends to a server at "host:port" over UDP, or at
// "unixgram:///path/to/socket". It fails if the address or an option is
// malformed. A server that is not there, or whose name does not resolve, is no error: the hook
// keeps trying and counts what it loses. Nothing is opened or started before the first
// event; whoever made the hook calls Shutdown.
func New(addr string, opts ...Option) (*Hook, error) {
	to, addrErr := parseEndpoint(addr)
	c, err := newConfig(opts)
	if err := errors.Join(addrErr, err); err != nil {
		return nil, err
	}
	h := newHook(c)
	h.transport = newPacketTransport(newPacketConn(to, c, newDeliveryLog(h.queue, c.logger)), c)
	return h, nil
}

// NewWithSender returns a hook that sends through a client that is the
// caller's: it is never closed here, and must be open until Shutdown has
// returned. WithTagFormat must be told its format unless that is DogStatsD. A line for which the
// client returns no error counts as delivered, so that what a buffered client loses
// later is not known here.
func NewWithSender(client statsd.StatSender, opts ...Option) (*Hook, error) {
	c, err := newConfig(opts)
	if client == nil {
		err = errors.Join(errors.New("statsdhook: NewWithSender got no client; use New to have one made"), err)
	}
	if err != nil {
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
	byCleanName := map[string]*series{} // NewTable makes one value at a time
	h.executors = label.NewTable(label.MaxExecutors, func(name string) *series {
		namer := &metricNamer{prefix: c.prefix, format: c.tagFormat, executor: clean(c.tagFormat, name), tags: tags}
		if s := byCleanName[namer.executor]; s != nil {
			return s // they would overwrite each other's gauges
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
	return runctx.With(ctx, h, h.executors.Get(e.Executor).live.Start(e))
}

// OnRunEnd counts and times a run, and the error of one that failed without an
// item's failure.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	runctx.From[*live.Run](ctx, h).End(e)
	s := h.executors.Get(e.Executor)
	outcomeCounter(&s.runs, e.Outcome).add(1)
	if e.Outcome >= core.OutcomeError && e.ItemsFailed == 0 { // no item's failure, so nobody has counted it
		s.errors.Get(label.ErrorType(e.Err)).add(1)
	}
	h.putTimer(&s.runDuration, e.Duration)
	h.refuseLateCounts(s)
}

// OnWorkerStart adds a worker to the gauges.
func (h *Hook) OnWorkerStart(ctx context.Context, _ core.WorkerStart) {
	runctx.From[*live.Run](ctx, h).WorkerStart()
}

// OnWorkerEnd times how long a worker was busy.
func (h *Hook) OnWorkerEnd(ctx context.Context, e core.WorkerEnd) {
	runctx.From[*live.Run](ctx, h).WorkerEnd()
	s := h.executors.Get(e.Executor)
	h.putTimer(&s.workerBusy, e.Busy)
}

// OnChunkEnd counts and times a chunk, or the sampled share of the chunks.
func (h *Hook) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	s := h.executors.Get(e.Executor)
	s.lastChunk.Store(int64(e.Items))
	if h.config.sampleRate < 1 && rand.Float64() >= h.config.sampleRate { //nolint:gosec // G404: a sample, not a secret
		return
	}
	outcomeCounter(&s.chunks, e.Outcome).add(1)
	s.items[core.OutcomeOK].add(e.ItemsDone - e.ItemsFailed)
	h.putTimer(&s.chunkDuration, e.Duration)
	h.refuseLateCounts(s)
}

// OnItemFailure counts failed items, and the error by its type.
func (h *Hook) OnItemFailure(_ context.Context, e core.ItemFailure) {
	s := h.executors.Get(e.Executor)
	outcomeCounter(&s.items, e.Outcome).add(e.Items)
	s.errors.Get(label.ErrorType(e.Err)).add(1)
	h.refuseLateCounts(s)
}

// OnProgress notes how far a run is, for the gauges.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	runctx.From[*live.Run](ctx, h).Progress(e)
}

// OnAnomaly counts anomalies that begin.
func (h *Hook) OnAnomaly(_ context.Context, e core.Anomaly) {
	if e.Over {
		return
	}
	s := h.executors.Get(e.Executor)
	s.anomalies.Get(string(e.Kind)).add(1)
	h.refuseLateCounts(s)
}

// OnFault counts the faults of hooks.
func (h *Hook) OnFault(_ context.Context, e core.Fault) {
	s := h.executors.Get(e.Executor)
	s.faults.Get(e.Hook).add(1)
	h.refuseLateCounts(s)
}

// time puts a timer into the queue.
func (h *Hook) putTimer(t *timerMetric, d time.Duration) { h.queue.Put(0, timerValue{t, max(0, d)}) }
