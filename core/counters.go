package core

import (
	"math"
	"sync/atomic"
	"time"
)

// liveCounters show a worker's state to the monitor and to functions on contexts.
type liveCounters struct {
	atChunk, atOffset, atSize atomic.Int64 // the current chunk
	base                      atomic.Int64 // items done before that chunk, if its function may report progress or its size is timed
	items                     atomic.Int64 // items done, those of the current chunk included
	failures                  atomic.Int64 // failed items
	chunks                    atomic.Int64 // ended chunks
	activeSince               atomic.Int64 // run time at the chunk's start, plus one; 0 outside of chunks
	lag                       atomic.Int64 // most items that the worker is ahead of items

	// Of runs whose items or chunks may have names:
	atKept     atomic.Int64                 // the current chunk without what it gave back
	failedName atomic.Pointer[string]       // of the item that hooks are called about, nil if there is none
	callCtx    atomic.Pointer[chunkContext] // of the current chunk of Run.Chunk

	remote atomic.Pointer[remoteChunk]   // nil before the first call of package remote
	custom atomic.Pointer[counterValues] // of the user's counters, nil before the first Add
}

// setChunk makes a chunk the worker's current one.
func (w *worker) setChunk(chunk, offset, size int) {
	w.chunk, w.offset, w.size = chunk, offset, size
	w.atChunk.Store(int64(chunk))
	// A store only where the value differs: a load is much cheaper. With a fixed
	// size the offset follows from the chunk's number.
	if w.run.fixedSize == 0 {
		w.atOffset.Store(int64(offset))
	}
	if w.atSize.Load() != int64(size) {
		w.atSize.Store(int64(size))
	}
	if w.run.named {
		w.atKept.Store(int64(size))
		w.setFailedName(nil)
	}
}

// place returns the number, the offset and the size of the worker's current chunk. It
// is safe on any goroutine.
func (w *worker) place() (chunk, offset, size int) {
	chunk, offset, size = int(w.atChunk.Load()), int(w.atOffset.Load()), int(w.atSize.Load())
	if w.run.fixedSize > 0 {
		offset = chunk * w.run.fixedSize
	}
	return chunk, offset, size
}

// info returns the worker's current chunk. It is safe on any goroutine.
func (w *worker) info() ChunkInfo {
	chunk, offset, size := w.place()
	return ChunkInfo{Run: w.run.info(), Index: chunk, Offset: offset, Items: size, FixedSize: w.run.equalBorders, Worker: w.id}
}

// report raises the items done in the current chunk to done.
func (m *liveCounters) report(done int64) {
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

// totals count the finished work of a worker or a run.
type totals struct {
	items, failed, chunks, chunksFailed int
	busy                                time.Duration
}

func (t *totals) add(o totals) {
	t.items = addItems(t.items, o.items)
	t.failed = addItems(t.failed, o.failed)
	t.chunks += o.chunks
	t.chunksFailed += o.chunksFailed
	t.busy += o.busy
}

// addItems returns the sum of two numbers of items, at most MaxInt: the caller of
// Run.Chunk may give any.
func addItems(a, b int) int {
	if sum := a + b; sum >= a {
		return sum
	}
	return math.MaxInt
}
