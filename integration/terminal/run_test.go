package terminal_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// errRow is the error of a failed item.
var errRow = errors.New("bad row")

// observer is what the hook unwraps to.
type observer interface {
	core.HookRunStart
	core.HookRunEnd
	core.HookWorkerEnd
	core.HookChunkEnd
	core.HookItemFailure
	core.HookProgress
}

// newHook returns a hook that the end of the test shuts down.
func newHook(t *testing.T, mode termhook.Mode, out io.Writer) *termhook.Hook {
	t.Helper()
	h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return h
}

// testRun is a run whose events the test sends itself, so that every frame is
// the same each time.
type testRun struct {
	observer
	ctx    context.Context
	start  core.RunStart
	chunks int
	failed int
	oldest time.Time
}

// startRun starts a run now.
func startRun(h *termhook.Hook, name, id string, items, workers int) *testRun {
	r := &testRun{observer: h.Unwrap().(observer)}
	r.start = core.RunStart{Executor: name, RunID: id, Items: items, Workers: workers, Started: time.Now()}
	r.ctx = r.OnRunStart(context.Background(), r.start)
	return r
}

// progress reports how many items are done, and the recent rate.
func (r *testRun) progress(done int, recent float64) {
	elapsed := time.Since(r.start.Started) + 1
	p := core.Progress{
		Executor: r.start.Executor, RunID: r.start.RunID, At: time.Now(), Items: r.start.Items, ItemsDone: done, ItemsFailed: r.failed,
		Chunks: r.chunks, ChunksActive: r.start.Workers, OldestChunk: core.ActiveChunk{Started: r.oldest},
		Elapsed: elapsed, Throughput: recent, AverageThroughput: float64(done) / elapsed.Seconds(),
	}
	if left := float64(r.start.Items - done); recent > 0 && done > 0 && left >= 0 {
		fast, slow := max(recent, p.AverageThroughput), min(recent, p.AverageThroughput)
		seconds := func(rate float64) time.Duration { return time.Duration(left / rate * float64(time.Second)) }
		p.Remaining = core.Estimate{Known: true, Low: seconds(fast), Expected: seconds((fast + slow) / 2), High: seconds(slow)}
	}
	r.OnProgress(r.ctx, p)
}

// chunkEnd reports a chunk that has ended.
func (r *testRun) chunkEnd(items, worker int, took time.Duration) {
	e := core.ChunkEnd{Duration: took, ItemsDone: items, Outcome: core.OutcomeOK, Attempts: 1}
	e.ChunkStart = core.ChunkStart{Executor: r.start.Executor, RunID: r.start.RunID, Chunk: r.chunks, Offset: r.chunks * 100, Items: items, Worker: worker}
	r.chunks++
	r.OnChunkEnd(r.ctx, e)
}

// itemFailure reports an item that has failed.
func (r *testRun) itemFailure(index int, err error) {
	r.failed++
	r.OnItemFailure(r.ctx, core.ItemFailure{Index: index, Items: 1, Outcome: core.OutcomeError, Err: &core.ItemError{Index: index, Err: err}})
}

// workerEnd reports what a worker did.
func (r *testRun) workerEnd(worker, items int, busy time.Duration) {
	r.OnWorkerEnd(r.ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Worker: worker}, Busy: busy, Items: items, Chunks: items / 10})
}

// end ends the run, now.
func (r *testRun) end(done int, o core.Outcome, err error) {
	now := time.Now()
	r.OnRunEnd(r.ctx, core.RunEnd{
		RunStart: r.start, Ended: now, Duration: now.Sub(r.start.Started),
		ItemsDone: done, ItemsFailed: r.failed, Chunks: r.chunks, Outcome: o, Err: err,
	})
}

// waitForFrame waits until the hook has drawn what it knows.
func waitForFrame() {
	time.Sleep(200 * time.Millisecond) // of the bubble's time
	synctest.Wait()
}
