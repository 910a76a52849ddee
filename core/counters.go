package core

import (
	"sync/atomic"
	"time"
)

// meter is what the monitor and the functions on contexts see of a worker.
type meter struct {
	atChunk, atOffset, atSize atomic.Int64 // the chunk it is at
	base                      atomic.Int64 // items done before that chunk; kept where functions report
	items                     atomic.Int64 // items done, those inside the chunk included
	failures                  atomic.Int64 // failed items
	chunks                    atomic.Int64 // ended chunks
	active                    atomic.Int64 // run time at which the chunk started, plus one; 0 outside of chunks

	remote atomic.Pointer[remote] // what ReportChunk said, nil if nothing
}

// remote is what ReportChunk said about a chunk.
type remote struct {
	worker   string
	attempts int
}

// setChunk makes the next chunk known.
func (w *worker) setChunk(chunk, offset, size int) {
	w.chunk, w.offset, w.size = chunk, offset, size
	w.atChunk.Store(int64(chunk))
	// Only where they differ, for a load is much cheaper than a store. Where
	// sizes are fixed the offset follows from the chunk.
	if w.run.fixed == 0 {
		w.atOffset.Store(int64(offset))
	}
	if w.atSize.Load() != int64(size) {
		w.atSize.Store(int64(size))
	}
}

// info tells others which chunk the worker is at.
func (w *worker) info() ChunkInfo {
	c := ChunkInfo{
		Run:    w.run.info(),
		Index:  int(w.atChunk.Load()),
		Offset: int(w.atOffset.Load()),
		Items:  int(w.atSize.Load()),
	}
	if w.run.fixed > 0 {
		c.Offset = c.Index * w.run.fixed
	}
	return c
}

// report raises the number of items done to done of the current chunk.
func (m *meter) report(done int64) {
	if done > m.atSize.Load() {
		return
	}
	to := m.base.Load() + done
	for {
		now := m.items.Load()
		if to <= now || m.items.CompareAndSwap(now, to) {
			return
		}
	}
}

// tally counts what a worker or a run did.
type tally struct {
	items, failed, chunks, chunksFailed int
	busy                                time.Duration
}

func (t *tally) add(o tally) {
	t.items += o.items
	t.failed += o.failed
	t.chunks += o.chunks
	t.chunksFailed += o.chunksFailed
	t.busy += o.busy
}
