package core

import (
	"slices"
	"sync"
	"time"
)

// cutAfter is how many target durations a timed chunk may last. Its size was then
// learnt from items that are faster than its own, and it gives back the items that
// have not begun.
const cutAfter = 4

// The times between two looks of a cutter at the workers.
const (
	minCutInterval = 10 * time.Millisecond
	maxCutInterval = time.Second
)

// cutter cuts chunks of timed sizes that last too long. It is a timer, as the
// workers themselves are inside of items then. It starts with the first chunk of
// more than one item.
type cutter struct {
	run     *run
	started bool // under the source's lock

	mu       sync.Mutex
	timer    *time.Timer
	interval time.Duration
	stopped  bool
	chunks   []observedChunk // of each worker
}

// observedChunk is the chunk that a worker was seen with.
type observedChunk struct {
	chunk int64
	since time.Duration
	cut   bool
}

// start starts the timer, once. The source's lock guards it.
func (c *cutter) start(r *run) {
	if c.started {
		return
	}
	c.started = true
	c.mu.Lock()
	defer c.mu.Unlock()
	c.run = r
	c.interval = c.baseInterval()
	c.timer = time.AfterFunc(c.interval, c.check)
}

// stop returns when no check is under way and none will follow.
func (c *cutter) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *cutter) baseInterval() time.Duration {
	return min(max(2*c.run.target, minCutInterval), maxCutInterval)
}

// check cuts the chunks that have lasted too long. While all workers stay in the
// same chunks, it looks less and less often.
func (c *cutter) check() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	if c.chunks == nil {
		c.chunks = make([]observedChunk, len(c.run.workers))
	}
	now, changed := c.run.now(), false
	for i, w := range c.run.workers {
		o := &c.chunks[i]
		if chunk := w.atChunk.Load() + 1; chunk != o.chunk { // plus one, as the zero value is no chunk
			*o, changed = observedChunk{chunk: chunk, since: now}, true
		}
		if !o.cut && now-o.since >= cutAfter*c.run.target {
			o.cut, changed = true, true
			c.run.source.cut(w, int(o.chunk-1))
		}
	}
	c.interval = min(2*c.interval, maxCutInterval)
	if changed {
		c.interval = c.baseInterval()
	}
	c.timer.Reset(c.interval)
}

// mayGiveBack reports whether another worker than w is in a timed chunk with items
// that it has not begun. w should wait for them if it finds nothing else to do. The
// source's lock is held.
func (r *run) mayGiveBack(w *worker) bool {
	return r.timed && slices.ContainsFunc(r.workers, func(o *worker) bool { return o != w && o.inChunk && o.begun() < o.limit() })
}

// begun returns an upper bound of the items that w has begun: the index of an item
// of its chunk that it has not begun and will not begin before it has seen a signal
// that was set before the call.
//
// It holds because a worker begins an item only after it has read the signal, and is
// at most lag items ahead of what it has published by then.
func (w *worker) begun() int {
	return int(w.atOffset.Load() + w.items.Load() - w.base.Load() + w.lag.Load())
}

// limit returns the index after the last item of w's chunk.
func (w *worker) limit() int { return int(w.atOffset.Load() + w.atSize.Load()) }

// requestCut asks w to end its chunk early, and returns the first item that w will
// certainly not begin. The source's lock is held, and w is in the chunk.
func (w *worker) requestCut(chunk int) (from int) {
	w.signal.CompareAndSwap(signalNone, signalCut)
	w.cutChunk, w.cutFrom = chunk, w.begun()
	return w.cutFrom
}

// takeCut makes w's chunk as short as a cut says, if there was one, and returns the
// items that are still w's to give back if giveBack is set: all that have not begun.
// The source's lock is held.
func (w *worker) takeCut(giveBack bool) (rest itemRange) {
	w.signal.CompareAndSwap(signalCut, signalNone)
	if w.cutChunk != w.chunk {
		return itemRange{} // the signal came too late for the chunk before
	}
	w.cutChunk = noChunk
	keep := min(w.size, w.cutFrom-w.offset)
	if giveBack {
		first := max(w.pos, 1) // a chunk has at least one item
		rest = itemRange{w.offset + first, w.offset + keep}
		keep = min(keep, first)
	}
	w.returned += w.size - keep
	w.size, w.units = keep, keep
	if w.run.named {
		w.atKept.Store(int64(keep))
	}
	return rest
}

// noChunk is the number of no chunk.
const noChunk = -1
