package core

import (
	"context"
	"sync/atomic"
	"time"
)

// phase is a worker's next step. A worker that user code broke resumes there.
type phase uint8

const (
	phaseWorkerStart phase = iota // call the worker's start hooks
	phaseClaim                    // claim a chunk
	phaseChunkStart               // call its start hooks
	phaseWork                     // do the rest of its work
	phaseItemFailure              // call the failure hooks
	phaseChunkEnd                 // call the chunk's end hooks
	phaseWorkerEnd                // call the worker's end hooks
)

// The signals to a worker, which it obeys before its next item.
const (
	signalNone int32 = iota
	signalCut        // the chunk lasts too long: give back the items that have not begun
	signalStop       // an item failed and the run is fail-fast
)

// worker runs chunks, one at a time: on a goroutine of its own in Map and
// Stream, on the caller's in Run.Chunk.
type worker struct {
	dispatcher
	chunkState
	id        int
	phase     phase
	always    bool                // the function is called also if the context is done
	workerCtx chunkContext        // of the worker's goroutine, if it has one
	process   func(*worker) error // calls user code from pos on, until it fails or all is done

	nextSize         int          // items of the next chunk, if sizes are timed
	cancelCheckEvery int          // items between two checks of the context
	publishEvery     int          // items between two stores to the live counters
	total            totals       // of all its chunks
	signal           atomic.Int32 // see the constants; each worker has one, as it is read before each item
	*eventBuffers                 // nil if no hook observes the work: thousands of workers would need much memory
	liveCounters                  // for the monitor, the cutter and functions on contexts

	// Under the source's lock, if sizes are timed:
	inChunk  bool
	cutChunk int // the chunk that was cut, noChunk if none was
	cutFrom  int // its first item that was taken back

	_ [64]byte // keeps the next worker off this one's cache lines
}

func (w *worker) resume() {
	if w.run.unobserved {
		w.runUnobserved()
		return
	}
	w.callFaultHooks()
	w.runObserved()
}

// recovered records a panic or Goexit: as a fault of a hook, or as the failure
// of the current item.
func (w *worker) recovered(value any, stack []byte) {
	switch {
	case w.inHook():
		if w.moment == MomentChunkStart {
			w.startCtxs[w.cursor] = w.startCtxs[w.cursor-1] // the context that the hook was given
		}
		w.recordFault(value, stack)
	case w.phase != phaseWork:
		panic(value) // a bug of this package: it must not be lost
	case value == nil:
		w.failUnit(ErrGoexit, OutcomePanic)
	default:
		w.failUnit(&PanicError{value, stack}, OutcomePanic)
	}
}

// done reports to the run that the worker has finished.
func (w *worker) done() { w.run.active.Done() }

// runUnobserved does a worker's work if no hook observes it.
func (w *worker) runUnobserved() {
	if w.phase == phaseWorkerStart && w.run.measured {
		w.began = w.run.now()
	}
	for w.phase == phaseWork || w.claim() {
		w.phase = phaseWork
		w.workChunk()
		var took time.Duration
		if w.run.measured {
			now := w.run.now()
			took, w.began = now-w.began, now // a chunk's end is the next one's start
		}
		w.countChunk(took)
		w.phase = phaseClaim
	}
}

// runObserved does a worker's work and calls hooks. A worker that resumes goes
// on with its phase and, among the hooks of a moment, with its dispatcher.
func (w *worker) runObserved() {
	for {
		switch w.phase {
		case phaseWorkerStart:
			w.callWorkerStart()
			w.markFree()
			w.phase = phaseClaim
			fallthrough
		case phaseClaim:
			if !w.claim() {
				w.phase = phaseWorkerEnd
				continue
			}
			w.beginChunk()
			w.phase = phaseChunkStart
			fallthrough
		case phaseChunkStart:
			w.callChunkStart()
			w.phase = phaseWork
			fallthrough
		case phaseWork:
			if !w.workChunk() {
				continue // with phaseItemFailure
			}
			w.endChunk()
			w.phase = phaseChunkEnd
			fallthrough
		case phaseChunkEnd:
			w.callChunkEnd()
			w.phase = phaseClaim
		case phaseItemFailure:
			w.callItemFailure()
			w.phase = phaseWork
		case phaseWorkerEnd:
			w.callWorkerEnd()
			return
		}
	}
}

// claim takes the next chunk. It returns false if there is none or the run stops.
func (w *worker) claim() bool {
	source := w.run.source
	if source == nil || w.stopping() || !source.claim(w) {
		return false
	}
	w.resetChunk()
	return true
}

// stopping reports whether work has to stop: an item failed and the run is
// fail-fast, or the context is done.
func (w *worker) stopping() bool {
	return w.signal.Load() == signalStop || w.doneCtx.Err() != nil
}

// signalled reports whether the worker has a signal to obey, or the context is
// done.
func (w *worker) signalled() bool {
	return w.signal.Load() != signalNone || w.doneCtx.Err() != nil
}

// publish stores for the monitor that pos items of the chunk are done. It skips
// most of many short items: the monitor looks seldom, and a store that others
// read is expensive.
func (w *worker) publish() {
	if w.pos-w.published >= w.publishEvery {
		w.published = w.pos
		w.items.Store(int64(w.total.items + w.pos))
	}
}

func (w *worker) callWorkerStart() {
	r, hooks := w.run, w.run.set.workerStart
	if r.source == nil || len(hooks)+len(r.set.workerEnd) == 0 {
		return
	}
	if w.moment == 0 {
		w.start = WorkerStart{Executor: r.start.Executor, RunID: r.start.RunID, Worker: w.id, Started: r.at(r.now())}
	}
	for i, ok := w.first(MomentWorkerStart, len(hooks), r.now()); ok; i, ok = w.next(len(hooks)) {
		hooks[i].hook.OnWorkerStart(r.workCtx, w.start)
	}
}

func (w *worker) callWorkerEnd() {
	r, hooks := w.run, w.run.set.workerEnd
	if r.source == nil || len(hooks) == 0 {
		return
	}
	now := r.now()
	e := WorkerEnd{WorkerStart: w.start, Ended: r.at(now), Busy: w.total.busy, Chunks: w.total.chunks, Items: w.total.items}
	for i, ok := w.first(MomentWorkerEnd, len(hooks), now); ok; i, ok = w.next(len(hooks)) {
		hooks[i].hook.OnWorkerEnd(r.hookCtx, e)
	}
}

// init makes w ready for its first chunk.
func (w *worker) init(r *run, id int) {
	w.run = r
	w.id = id
	w.nextSize, w.cancelCheckEvery, w.publishEvery = 1, 1, neverPublish
	w.cutChunk = noChunk
	if r.counted {
		w.publishEvery = 1
	}
	w.setLag()
	if !r.unobserved {
		w.eventBuffers = &eventBuffers{}
		w.end.ChunkStart = ChunkStart{Executor: r.start.Executor, RunID: r.start.RunID, Worker: id}
		w.end.RunItems = r.start.Items
	}
	if n := len(r.set.chunkStart); n > 0 {
		w.startCtxs = make([]context.Context, n+1, (n+8)&^7) // whole cache lines: workers share none
	}
}
