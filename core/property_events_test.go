package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chunkscope/chunkscope/core"
)

// eventChecker is a hook that checks each event against those before. Each run, worker
// and chunk starts once and ends once, a chunk within its worker, and all in the run.
type eventChecker struct {
	hasWorkers bool // the run has worker events

	mu       sync.Mutex
	err      error
	start    core.RunStart
	end      core.RunEnd
	started  bool
	ended    bool
	workers  map[int]*workerState
	chunks   map[int]bool // whether it has ended
	sum      core.ChunkEnd
	count    int   // of chunks
	failures int   // items
	counted  int64 // by testRows
	progress core.Progress
}

// workerState is what events have reported about a worker.
type workerState struct {
	ended, busy   bool
	chunk         int // the current one, while busy
	chunks, items int
}

func newEventChecker(hasWorkers bool) *eventChecker {
	return &eventChecker{hasWorkers: hasWorkers, workers: map[int]*workerState{}, chunks: map[int]bool{}}
}

func (c *eventChecker) HookName() string { return "watch" }

// expect records the first event that is not ok.
func (c *eventChecker) expect(ok bool, e any) {
	if !ok && c.err == nil {
		c.err = fmt.Errorf("%T does not fit what came before: %+v", e, e)
	}
}

// within expects an event between the run's start and end.
func (c *eventChecker) within(runID string, e any) {
	c.expect(c.started && !c.ended && runID == c.start.RunID, e)
}

func (c *eventChecker) worker(worker int) *workerState {
	s := c.workers[worker]
	if s == nil {
		s = &workerState{}
		c.workers[worker] = s
	}
	return s
}

func (c *eventChecker) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expect(!c.started, e)
	c.started, c.start = true, e
	return ctx
}

func (c *eventChecker) OnWorkerStart(_ context.Context, e core.WorkerStart) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(c.hasWorkers && c.workers[e.Worker] == nil, e)
	c.worker(e.Worker)
}

func (c *eventChecker) OnChunkStart(ctx context.Context, e core.ChunkStart) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	_, again := c.chunks[e.Chunk]
	c.expect(!again && e.Items > 0 && (!c.hasWorkers || c.workers[e.Worker] != nil), e)
	s := c.worker(e.Worker)
	c.expect(!s.busy && !s.ended, e)
	s.busy, s.chunk = true, e.Chunk
	c.chunks[e.Chunk] = false
	return ctx
}

func (c *eventChecker) OnItemFailure(_ context.Context, e core.ItemFailure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	s := c.worker(e.Worker)
	c.expect(s.busy && s.chunk == e.Chunk && e.Err != nil && e.Outcome >= core.OutcomeError && e.Name == nameIn(e.Err), e)
	c.failures += e.Items
}

func (c *eventChecker) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	ended, started := c.chunks[e.Chunk]
	s := c.worker(e.Worker)
	c.expect(started && !ended && s.busy && s.chunk == e.Chunk, e)
	c.expect((e.Outcome == core.OutcomeOK) == (e.Err == nil) && (e.ItemsDone+e.Returned == e.Items || e.Outcome != core.OutcomeOK), e)
	s.busy = false
	s.chunks++
	s.items += e.ItemsDone
	c.chunks[e.Chunk] = true
	c.count++
	c.sum.ItemsDone += e.ItemsDone
	c.sum.ItemsFailed += e.ItemsFailed
	c.sum.WorkersLost += e.WorkersLost
	c.expect(e.Duration >= 0 && e.Waited >= 0 && e.Ended.Sub(e.Started) >= e.Duration+e.Waited, e)
	lost, named, retried := e.WorkersLost > 0, e.RemoteWorker != "", e.Attempts == 2
	c.expect(lost == e.Remote() && named == lost && retried == lost, e)
	c.counted += counterIn(e.Custom)
}

func (c *eventChecker) OnWorkerEnd(_ context.Context, e core.WorkerEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	s := c.worker(e.Worker)
	c.expect(!s.ended && !s.busy && s.chunks == e.Chunks && s.items == e.Items, e)
	s.ended = true
}

func (c *eventChecker) OnProgress(_ context.Context, e core.Progress) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(e.ItemsDone >= c.progress.ItemsDone && e.ItemsFailed <= e.ItemsDone && e.Elapsed > c.progress.Elapsed, e)
	c.progress = e
}

// OnFault may come before the run's start and after its end: for hooks that failed at
// these moments, and for calls that took long.
func (c *eventChecker) OnFault(_ context.Context, e core.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	late := e.Moment == core.MomentFault || e.Kind == core.FaultStuck
	c.expect(c.started || e.Moment <= core.MomentRunStart || late, e)
	c.expect(!c.ended || e.Moment == core.MomentRunEnd || late, e)
}

func (c *eventChecker) OnRunEnd(_ context.Context, e core.RunEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.within(e.RunID, e)
	c.expect(e.Chunks == c.count && e.ItemsDone == c.sum.ItemsDone && e.ItemsFailed == c.sum.ItemsFailed && e.ItemsFailed == c.failures, e)
	c.expect(e.ItemsDone == c.progress.ItemsDone && e.ItemsFailed == c.progress.ItemsFailed && e.Chunks == c.progress.Chunks && c.progress.ChunksActive+c.progress.ChunksWaiting == 0, e)
	c.expect(counterIn(e.Custom) == c.counted, e)
	for _, ended := range c.chunks {
		c.expect(ended, e)
	}
	for _, s := range c.workers {
		c.expect(!s.busy && s.ended == c.hasWorkers, e)
	}
	c.ended, c.end = true, e
}

// counterIn returns the value of testRows, -1 if there are other counters.
func counterIn(values []core.CounterValue) int64 {
	switch {
	case len(values) == 0:
		return 0
	case len(values) > 1 || values[0].Name != testRows.Name():
		return -1
	}
	return values[0].Value
}

// result returns the first error. It is called after the run.
func (c *eventChecker) result() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && !c.ended {
		return errors.New("the run's end was not reported")
	}
	return c.err
}
