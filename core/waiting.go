package core

import (
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/internal/chunkctx"
)

// servedChunk is a chunk of another process's run, in a context of package remote.
type servedChunk interface {
	ChunkInfo() ChunkInfo
	ReportProgress(done int)
	AddCounter(name string, n int64)
}

// remoteChunk is what is known about work elsewhere on a worker's current chunk. A
// worker makes it at the first call of package remote, and keeps it for its next chunks.
type remoteChunk struct {
	mu      sync.Mutex
	report  chunkctx.Report
	waiting bool
	started time.Duration // run time of the last start, plus one; 0 if there was none
}

var _ chunkctx.Reporter = (*worker)(nil)

// Waiting implements chunkctx.Reporter.
func (w *worker) Waiting() {
	if w.run.chunkFunc {
		w.updateRemote(func(c *remoteChunk) { c.waiting = true })
	}
}

// Started implements chunkctx.Reporter.
func (w *worker) Started() {
	if w.run.chunkFunc {
		w.updateRemote(func(c *remoteChunk) { c.waiting, c.started = false, w.run.now()+1 })
	}
}

// Report implements chunkctx.Reporter.
func (w *worker) Report(r chunkctx.Report) {
	w.updateRemote(func(c *remoteChunk) { c.report.Merge(r) })
}

func (w *worker) updateRemote(update func(*remoteChunk)) {
	c := w.remote.Load()
	if c == nil {
		w.remote.CompareAndSwap(nil, &remoteChunk{}) // fails if another goroutine was faster
		c = w.remote.Load()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	update(c)
}

// reset forgets the chunk before.
func (c *remoteChunk) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.report, c.waiting, c.started = chunkctx.Report{}, false, 0
}

// worked returns the time of the work in a call that took called. A function on items
// has many calls in a chunk, and so all of them are work.
func (c *remoteChunk) worked(w *worker, called time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !w.run.chunkFunc:
		return called
	case c.report.Took > 0:
		return min(c.report.Took, called)
	case c.waiting:
		return 0
	case c.started > 0: // failure hooks have paused the clock since then, if at all
		return min(max(w.ended-w.paused-(c.started-1), 0), called)
	}
	return called
}

// describe fills in the end event of the chunk.
func (c *remoteChunk) describe(e *ChunkEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e.Attempts, e.RemoteWorker = max(1, c.report.Attempts), c.report.Worker
	e.WorkersLost, e.Poison = c.report.Lost, c.report.Poison
}

// adjust makes an active chunk one that waits, or that has started later.
func (c *remoteChunk) adjust(a *activeChunk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.waiting:
		a.since, a.waiting = 0, true
	case c.started > 0:
		a.since = max(a.since, int64(c.started))
	}
}
