package core

import (
	"context"
	"sync/atomic"
	"time"
)

// phase is where a worker stands, so that it can be taken up again.
type phase uint8

const (
	phaseEnter   phase = iota // the worker's start is to be told
	phaseClaim                // a chunk is to be found
	phaseStart                // its start is to be told
	phaseWork                 // there is work left in it
	phaseFailure              // a failure is to be told
	phaseEnd                  // its end is to be told
	phaseLeave                // the worker's end is to be told
)

// worker runs chunks, one at a time: on a goroutine of its own in Map and
// Stream, on the caller's in Run.Chunk.
type worker struct {
	post
	chunkState
	id    int
	phase phase
	own   chunkContext        // of the worker's goroutine, if it has one
	body  func(*worker) error // runs user code from pos on, until it fails or there is no more to do

	want    int         // items of the next chunk, where sizes follow the clock
	stride  int         // items between two looks at the context
	lag     int         // items between two stores to the meter
	total   tally       // of all its chunks
	stop    atomic.Bool // an item failed and the run is fail-fast; its own, as it is looked at before each item
	*events             // nil where no hook looks: runs of thousands of workers need their memory
	meter               // what others see of it
	_       [64]byte    // keeps the next worker off this one's cache lines
}

func (w *worker) round() {
	if w.run.quiet {
		w.loop()
		return
	}
	w.tellFaults()
	w.observe()
}

// broke notes a panic or Goexit: a fault of a hook, or the failure of the item
// that the user's function was at.
func (w *worker) broke(value any, stack []byte) {
	switch {
	case w.inHook():
		if w.moment == MomentChunkStart {
			w.ctxs[w.next] = w.ctxs[w.next-1] // what the hook was given goes on
		}
		w.fault(value, stack)
	case w.phase != phaseWork:
		panic(value) // a bug of this package: better loud than lost
	case value == nil:
		w.fail(ErrGoexit, OutcomePanic)
	default:
		w.fail(&PanicError{value, stack}, OutcomePanic)
	}
}

// over tells the run that the worker is through.
func (w *worker) over() { w.run.working.Done() }

// loop is all of a worker's work where no hook looks at it.
func (w *worker) loop() {
	if w.phase == phaseEnter && w.run.clocked {
		w.began = w.run.now()
	}
	for w.phase == phaseWork || w.claim() {
		w.phase = phaseWork
		w.work()
		var took time.Duration
		if w.run.clocked {
			now := w.run.now()
			took, w.began = now-w.began, now // one chunk's end is the next one's beginning
		}
		w.finish(took)
		w.phase = phaseClaim
	}
}

// observe is the same with hooks. A worker that is taken up again finds its
// place by its phase, and in the round of calls by its post.
func (w *worker) observe() {
	for {
		switch w.phase {
		case phaseEnter:
			w.tellEnter()
			w.free()
			w.phase = phaseClaim
			fallthrough
		case phaseClaim:
			if !w.claim() {
				w.phase = phaseLeave
				continue
			}
			w.open()
			w.phase = phaseStart
			fallthrough
		case phaseStart:
			w.tellStart()
			w.phase = phaseWork
			fallthrough
		case phaseWork:
			if !w.work() {
				continue // to phaseFailure
			}
			w.close()
			w.phase = phaseEnd
			fallthrough
		case phaseEnd:
			w.tellEnd()
			w.phase = phaseClaim
		case phaseFailure:
			w.tellFailure()
			w.phase = phaseWork
		case phaseLeave:
			w.tellLeave()
			return
		}
	}
}

// claim takes up the next chunk, unless there is none or the run is to stop.
func (w *worker) claim() bool {
	feed := w.run.feed
	if feed == nil || w.halted() || !feed.claim(w) {
		return false
	}
	w.reset()
	return true
}

// halted reports whether work is to stop: an item failed and the run is
// fail-fast, or the context is done.
func (w *worker) halted() bool {
	return w.stop.Load() || w.until.Err() != nil
}

// publish tells the monitor that pos items of the chunk are done: of quick
// items not at once, for the monitor looks seldom and the store costs more than
// the others.
func (w *worker) publish() {
	if w.pos-w.published >= w.lag {
		w.published = w.pos
		w.items.Store(int64(w.total.items + w.pos))
	}
}

func (w *worker) tellEnter() {
	r, hooks := w.run, w.run.set.workerStart
	if r.feed == nil || len(hooks)+len(r.set.workerEnd) == 0 {
		return
	}
	if w.moment == 0 {
		w.start = WorkerStart{Executor: r.start.Executor, RunID: r.start.RunID, Worker: w.id, Started: r.at(r.now())}
	}
	for i, ok := w.enter(MomentWorkerStart, len(hooks), r.now()); ok; i, ok = w.step(len(hooks)) {
		hooks[i].hook.OnWorkerStart(r.ctx, w.start)
	}
}

func (w *worker) tellLeave() {
	r, hooks := w.run, w.run.set.workerEnd
	if r.feed == nil || len(hooks) == 0 {
		return
	}
	now := r.now()
	e := WorkerEnd{WorkerStart: w.start, Ended: r.at(now), Busy: w.total.busy, Chunks: w.total.chunks, Items: w.total.items}
	for i, ok := w.enter(MomentWorkerEnd, len(hooks), now); ok; i, ok = w.step(len(hooks)) {
		hooks[i].hook.OnWorkerEnd(r.telling, e)
	}
}

// init makes w ready for its first chunk.
func (w *worker) init(r *run, id int) {
	w.run = r
	w.id = id
	w.want, w.stride, w.lag = 1, 1, never
	if r.metered {
		w.lag = 1
	}
	if !r.quiet {
		w.events = &events{}
		w.end.ChunkStart = ChunkStart{Executor: r.start.Executor, RunID: r.start.RunID, Worker: id}
		w.end.RunItems = r.start.Items
	}
	if n := len(r.set.chunkStart); n > 0 {
		w.ctxs = make([]context.Context, n+1, (n+8)&^7) // whole cache lines, so that none is shared with another worker
	}
}
