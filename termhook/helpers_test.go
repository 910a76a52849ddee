package termhook_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/termhook"
)

// errRow is how items fail here.
var errRow = errors.New("bad row")

// observer is what a hook unwraps to.
type observer interface {
	core.HookRunStart
	core.HookRunEnd
	core.HookWorkerEnd
	core.HookChunkEnd
	core.HookItemFailure
	core.HookProgress
}

// newHook returns a hook for tests in a bubble, and ends it with the test.
func newHook(t *testing.T, mode termhook.Mode, out io.Writer) *termhook.Hook {
	t.Helper()
	h, err := termhook.New(termhook.WithMode(mode), termhook.WithWriter(out))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Shutdown(context.Background()) })
	return h
}

// job is a run played by hand, so that each frame can be foreseen.
type job struct {
	observer
	ctx    context.Context
	start  core.RunStart
	chunks int
	failed int
	oldest time.Time
}

// begin starts a run of items on workers, now.
func begin(h *termhook.Hook, name, id string, items, workers int) *job {
	j := &job{observer: h.Unwrap().(observer)}
	j.start = core.RunStart{Executor: name, RunID: id, Items: items, Workers: workers, Started: time.Now()}
	j.ctx = j.OnRunStart(context.Background(), j.start)
	return j
}

// progress tells that so many items are done, at a rate.
func (j *job) progress(done int, recent float64) {
	elapsed := time.Since(j.start.Started) + 1
	p := core.Progress{
		Executor: j.start.Executor, RunID: j.start.RunID, At: time.Now(), Items: j.start.Items, ItemsDone: done, ItemsFailed: j.failed,
		Chunks: j.chunks, ChunksActive: j.start.Workers, OldestChunkStart: j.oldest,
		Elapsed: elapsed, Throughput: recent, AverageThroughput: float64(done) / elapsed.Seconds(),
	}
	if left := float64(j.start.Items - done); recent > 0 && done > 0 && left >= 0 {
		fast, slow := max(recent, p.AverageThroughput), min(recent, p.AverageThroughput)
		seconds := func(rate float64) time.Duration { return time.Duration(left / rate * float64(time.Second)) }
		p.Remaining = core.Estimate{Known: true, Low: seconds(fast), Expected: seconds((fast + slow) / 2), High: seconds(slow)}
	}
	j.OnProgress(j.ctx, p)
}

// chunk tells that a chunk has ended.
func (j *job) chunk(items, worker int, took time.Duration) {
	e := core.ChunkEnd{Duration: took, ItemsDone: items, Outcome: core.OutcomeOK, Attempts: 1}
	e.ChunkStart = core.ChunkStart{Executor: j.start.Executor, RunID: j.start.RunID, Chunk: j.chunks, Offset: j.chunks * 100, Items: items, Worker: worker}
	j.chunks++
	j.OnChunkEnd(j.ctx, e)
}

// fail tells that an item has failed.
func (j *job) fail(index int, err error) {
	j.failed++
	j.OnItemFailure(j.ctx, core.ItemFailure{Index: index, Items: 1, Outcome: core.OutcomeError, Err: &core.ItemError{Index: index, Err: err}})
}

// worker tells what a worker did.
func (j *job) worker(worker, items int, busy time.Duration) {
	j.OnWorkerEnd(j.ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Worker: worker}, Busy: busy, Items: items, Chunks: items / 10})
}

// end ends the run, now.
func (j *job) end(done int, o core.Outcome, err error) {
	now := time.Now()
	j.OnRunEnd(j.ctx, core.RunEnd{
		RunStart: j.start, Ended: now, Duration: now.Sub(j.start.Started),
		ItemsDone: done, ItemsFailed: j.failed, Chunks: j.chunks, Outcome: o, Err: err,
	})
}

// settle waits until the hook has drawn what it was told.
func settle() {
	time.Sleep(200 * time.Millisecond) // of the bubble's time
	synctest.Wait()
}

// buffer is a writer that several goroutines may look at.
type buffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// number says how many lines a text has.
func number(text string) int { return strings.Count(text, "\n") }
