package core

import (
	"cmp"
	"context"
	"math"
	"time"
)

// chunkState is a worker's state of its current chunk.
type chunkState struct {
	chunk     int               // its number in the run
	offset    int               // of its first item
	size      int               // items
	units     int               // calls of the user's function: one an item, or 1 for a function on chunks
	pos       int               // the current unit; all before it are finished
	published int               // units that the live counters show
	chunkCtx  context.Context   // the chunk's own, before any hook
	doneCtx   context.Context   // ends with chunkCtx; unwrapped, as it is checked before items
	userCtx   context.Context   // for the user's function
	startCtxs []context.Context // chunkCtx, then the context that each start hook returned

	began    time.Duration // start of the work, on the run's clock
	paused   time.Duration // time spent in failure hooks
	pausedAt time.Duration // start of the last such pause
	ended    time.Duration // end of the work
	failed   int           // failed items
	returned int           // items that the chunk gave back
	outcome  Outcome
	err      error // the first failure
}

// eventBuffers are the events of a worker. They are reused, as most fields of a
// chunk's event equal those of the chunk before.
type eventBuffers struct {
	start   WorkerStart // part of the worker's end event too
	failure ItemFailure
	end     ChunkEnd
}

// setContext sets the context that chunks run in.
func (w *worker) setContext(doneCtx context.Context, c *chunkContext) {
	w.chunkCtx, w.userCtx, w.doneCtx = c, c, doneCtx
	if len(w.startCtxs) > 0 {
		w.startCtxs[0] = c
	}
}

// resetChunk prepares for the chunk that was just claimed.
func (w *worker) resetChunk() {
	w.units = w.size
	if w.run.chunkFunc {
		w.units = 1
	}
	w.pos, w.published, w.failed, w.returned, w.paused, w.outcome, w.err = 0, 0, 0, 0, 0, OutcomeOK, nil
	if w.run.chunkFunc || w.run.timed || w.run.named {
		w.base.Store(int64(w.total.items))
	}
	if c := w.remote.Load(); c != nil {
		c.reset()
	}
}

// markFree records that the worker is free for a chunk from now on.
func (w *worker) markFree() {
	w.ended = w.run.now()
	w.end.Ended = w.run.at(w.ended)
}

// beginChunk records the start of a chunk that hooks observe.
func (w *worker) beginChunk() {
	r := w.run
	if !r.alwaysReady {
		w.markFree() // the worker may have waited for it
	}
	w.began = w.ended
	if r.counted {
		w.activeSince.Store(int64(w.began) + 1)
	}
	e := &w.end.ChunkStart // init has set the fields that all chunks share
	e.Chunk = w.chunk
	e.Offset = w.offset
	e.Items = w.size
	e.Started = w.end.Ended
}

// callChunkStart calls the start hooks, each with the context that the one
// before returned, and starts the chunk's clock.
func (w *worker) callChunkStart() {
	r, hooks := w.run, w.run.set.chunkStart
	for i, ok := w.first(MomentChunkStart, len(hooks), w.began); ok; i, ok = w.next(len(hooks)) {
		w.startCtxs[i+1] = mergeContext(w.startCtxs[i], hooks[i].hook.OnChunkStart(w.startCtxs[i], w.end.ChunkStart), w.doneCtx)
	}
	if len(hooks) > 0 {
		w.userCtx = w.startCtxs[len(hooks)]
		w.began = r.now()
	} else if r.alwaysReady && len(r.set.chunkEnd) > 0 {
		w.began = r.now()
	}
}

// workChunk runs the user's function over the rest of the chunk. It returns
// false when failure hooks have to be called before it goes on.
func (w *worker) workChunk() bool {
	for w.pos < w.units {
		if w.run.chunkFunc && !w.always && w.stopping() {
			break // functions on items check it themselves
		}
		err := w.process(w)
		if err == nil {
			if w.pos < w.units && w.run.timed && !w.stopping() {
				w.run.source.settleCut(w, true)
				continue
			}
			break // all done, or stopping
		}
		if w.interrupted(err) {
			w.outcome, w.err = max(w.outcome, OutcomeCanceled), cmp.Or(w.err, err)
			break
		}
		w.failUnit(err, OutcomeError)
		if w.phase == phaseItemFailure {
			return false
		}
	}
	return w.phase == phaseWork
}

// failUnit records that the unit at pos failed, and moves on.
func (w *worker) failUnit(err error, outcome Outcome) {
	r := w.run
	index, items := w.offset+w.pos, 1
	name := w.failureName(index)
	if r.chunkFunc {
		items = w.size
		err = &ChunkError{Chunk: w.chunk, Offset: index, Items: items, Name: name, Err: err}
	} else {
		err = &ItemError{Index: index, Name: name, Err: err}
	}
	if r.source != nil {
		r.source.unitFailed(w, err)
	}
	w.pos++
	w.failed += items
	w.outcome = max(w.outcome, outcome)
	w.err = cmp.Or(w.err, err)
	if r.counted { // items first, so that a reader never sees more failed than done
		w.items.Store(int64(w.total.items + w.pos*items))
		w.failures.Add(int64(items))
	}
	r.recordFailure(err, outcome, itemRange{index, index + items})
	if len(r.set.itemFailure) == 0 {
		return
	}
	w.failure = ItemFailure{
		Executor: r.start.Executor,
		RunID:    r.start.RunID,
		Chunk:    w.chunk,
		Worker:   w.id,
		At:       r.at(r.now()),
		Index:    index,
		Items:    items,
		Name:     name,
		Outcome:  outcome,
		Err:      err,
	}
	w.phase = phaseItemFailure
}

func (w *worker) callItemFailure() {
	hooks := w.run.set.itemFailure
	if w.moment == 0 {
		w.pausedAt = w.run.now()
	}
	if w.run.named {
		w.setFailedName(w.failure.Err)
	}
	for i, ok := w.first(MomentItemFailure, len(hooks), w.pausedAt); ok; i, ok = w.next(len(hooks)) {
		hooks[i].hook.OnItemFailure(w.userCtx, w.failure)
	}
	if w.run.named {
		w.setFailedName(nil)
	}
	w.paused += w.run.now() - w.pausedAt
}

// countChunk adds a finished chunk to the totals and adapts the size of the next
// one to the time it took. It returns how many of its items are done.
func (w *worker) countChunk(took time.Duration) int {
	r, items := w.run, w.pos
	if r.chunkFunc {
		items = w.pos * w.size // an interrupted chunk has none, whatever ReportProgress said
	}
	if w.pos < w.units && r.timed {
		r.source.settleCut(w, false)
	}
	if w.pos < w.units {
		w.outcome = max(w.outcome, OutcomeCanceled)
		lo := w.offset
		r.markUnfinished(itemRange{lo + w.pos, lo + w.size})
	}
	if v := w.custom.Load(); v != nil {
		v.endChunk()
	}
	w.total.items = addItems(w.total.items, items)
	w.total.failed = addItems(w.total.failed, w.failed)
	w.total.chunks++
	w.total.busy += took
	if w.outcome.Failed() {
		w.total.chunksFailed++
	}
	if r.counted && (w.pos == w.units || !r.chunkFunc) { // else Progress keeps what ReportProgress said
		w.items.Store(int64(w.total.items))
	}
	if r.chunkFunc {
		w.base.Store(int64(w.total.items - w.size)) // late reports then change nothing
	}
	if items > 0 && took > 0 && !r.chunkFunc {
		w.adaptSizes(items, took)
	}
	if r.limitPending.Load() {
		r.checkLimit()
	}
	if r.source != nil {
		r.source.chunkFinished(w)
	}
	return items
}

// endChunk counts a chunk whose work has ended, and fills in its end event.
func (w *worker) endChunk() {
	r := w.run
	w.markFree()
	took := w.ended - w.began - w.paused
	remote, called := w.remote.Load(), took
	if remote != nil {
		took = remote.worked(w, called)
	}
	items := w.countChunk(took)
	if r.counted {
		w.activeSince.Store(0)
		w.chunks.Add(1)
		r.monitor.notify()
	}
	if len(r.set.chunkEnd) == 0 {
		return
	}
	if r.named {
		w.setFailedName(w.err)
	}
	e := &w.end
	e.Duration = took
	e.ItemsDone = items
	e.ItemsFailed = w.failed
	e.Returned = w.returned
	e.Outcome = w.outcome
	e.Err = w.err
	if e.Err == nil && e.Outcome == OutcomeCanceled {
		e.Err = cancellation(w.chunkCtx)
	}
	e.Attempts = 1
	if remote != nil {
		e.Waited = called - took
		remote.describe(e)
	}
	e.RunItemsDone = int(r.itemsDone.Add(int64(items)))
	if e.RunItemsDone < 0 { // see addItems
		e.RunItemsDone = math.MaxInt
		r.itemsDone.Store(math.MaxInt)
	}
	e.RunElapsed = w.ended
}

func (w *worker) callChunkEnd() {
	hooks := w.run.set.chunkEnd
	for i, ok := w.first(MomentChunkEnd, len(hooks), w.ended); ok; i, ok = w.next(len(hooks)) {
		ctx := w.chunkCtx
		if n := hooks[i].startsBefore; n > 0 {
			ctx = w.startCtxs[n]
		}
		if v := w.custom.Load(); v != nil {
			w.end.Custom = nonZero(&v.chunk) // a slice for each hook
		}
		hooks[i].hook.OnChunkEnd(ctx, w.end)
	}
}
