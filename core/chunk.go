package core

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"
)

// chunkState is what a worker knows of the chunk it is at.
type chunkState struct {
	chunk     int               // its number in the run
	offset    int               // of its first item
	size      int               // items
	units     int               // what pos counts up to: items, or 1 where the function takes the chunk as a whole
	pos       int               // the unit being worked on; what comes before it is finished
	published int               // units that the meter shows
	home      context.Context   // the chunk's own, before any hook
	until     context.Context   // ends when home does; asked before items, and so without anything around it
	ctx       context.Context   // for the user's function
	ctxs      []context.Context // home, and what each start hook made of it

	began    time.Duration // when the work began, on the run's clock
	paused   time.Duration // time spent telling failures
	pausedAt time.Duration // when the telling of the last one began
	ended    time.Duration // when the work was over
	failed   int           // failed items
	outcome  Outcome
	err      error // the first failure
}

// events are what hooks are told of a worker, made once: most of a chunk's
// event is as it was in the last one.
type events struct {
	start   WorkerStart // told at its end again
	failure ItemFailure
	end     ChunkEnd
}

// setHome sets the context that chunks run in.
func (w *worker) setHome(until context.Context, c *chunkContext) {
	w.home, w.ctx, w.until = c, c, until
	if len(w.ctxs) > 0 {
		w.ctxs[0] = c
	}
}

// reset prepares for the chunk that was just claimed.
func (w *worker) reset() {
	w.units = w.size
	if w.run.whole {
		w.units = 1
	}
	w.pos, w.published, w.failed, w.paused, w.outcome, w.err = 0, 0, 0, 0, OutcomeOK, nil
	if w.run.whole {
		w.base.Store(int64(w.total.items))
	}
	if w.remote.Load() != nil {
		w.remote.Store(nil)
	}
}

// free notes that the worker is free for a chunk from now on.
func (w *worker) free() {
	w.ended = w.run.now()
	w.end.Ended = w.run.at(w.ended)
}

// open notes the start of a chunk that hooks look at.
func (w *worker) open() {
	r := w.run
	if !r.prompt {
		w.free() // the worker may have waited for it
	}
	w.began = w.ended
	if r.metered {
		w.active.Store(int64(w.began) + 1)
	}
	e := &w.end.ChunkStart // what is the same for all chunks is in it already
	e.Chunk = w.chunk
	e.Offset = w.offset
	e.Items = w.size
	e.Started = w.end.Ended
}

// tellStart calls the start hooks, each with the context that the one before
// made, and starts the chunk's clock.
func (w *worker) tellStart() {
	r, hooks := w.run, w.run.set.chunkStart
	for i, ok := w.enter(MomentChunkStart, len(hooks), w.began); ok; i, ok = w.step(len(hooks)) {
		w.ctxs[i+1] = adopt(w.ctxs[i], hooks[i].hook.OnChunkStart(w.ctxs[i], w.end.ChunkStart), w.until)
	}
	if len(hooks) > 0 {
		w.ctx = w.ctxs[len(hooks)]
		w.began = r.now()
	} else if r.prompt && len(r.set.chunkEnd) > 0 {
		w.began = r.now()
	}
}

// work runs the user's function over what is left of the chunk. It returns
// false where a failure is to be told before it goes on.
func (w *worker) work() bool {
	for w.pos < w.units {
		if w.run.whole && w.halted() {
			break // bodies of single items look for themselves
		}
		err := w.body(w)
		if err == nil {
			break // all done, or halted
		}
		if interrupts(w.ctx, err) || interrupts(w.run.given, err) {
			w.outcome, w.err = max(w.outcome, OutcomeCanceled), cmp.Or(w.err, err)
			break
		}
		w.fail(err, OutcomeError)
		if w.phase == phaseFailure {
			return false
		}
	}
	return w.phase == phaseWork
}

// interrupts reports whether err, which user code returned, only passes on
// that ctx is done: the item is then unfinished, it did not fail.
func interrupts(ctx context.Context, err error) bool {
	done := ctx.Err()
	return done != nil && (errors.Is(err, done) || errors.Is(err, context.Cause(ctx)))
}

// fail notes that the unit at pos failed, and moves on.
func (w *worker) fail(err error, outcome Outcome) {
	r := w.run
	index, items := w.offset+w.pos, 1
	if r.whole {
		items = w.size
		err = &ChunkError{Chunk: w.chunk, Offset: index, Items: items, Err: err}
	} else {
		err = &ItemError{Index: index, Err: err}
	}
	if r.feed != nil {
		r.feed.failed(w, err)
	}
	w.pos++
	w.failed += items
	w.outcome = max(w.outcome, outcome)
	w.err = cmp.Or(w.err, err)
	if r.metered { // items before failures: there are never more failed than done
		w.items.Store(int64(w.total.items + w.pos*items))
		w.failures.Add(int64(items))
	}
	r.fail(err, outcome, span{index, index + items})
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
		Outcome:  outcome,
		Err:      err,
	}
	w.phase = phaseFailure
}

func (w *worker) tellFailure() {
	hooks := w.run.set.itemFailure
	if w.moment == 0 {
		w.pausedAt = w.run.now()
	}
	for i, ok := w.enter(MomentItemFailure, len(hooks), w.pausedAt); ok; i, ok = w.step(len(hooks)) {
		hooks[i].hook.OnItemFailure(w.ctx, w.failure)
	}
	w.paused += w.run.now() - w.pausedAt
}

// finish counts the chunk, whose work took so long, and lets the next one's
// size follow. It returns how many items are done.
func (w *worker) finish(took time.Duration) int {
	r, items := w.run, w.pos
	if r.whole {
		items = int(w.items.Load() - w.base.Load()) // as far as it was reported
		if w.pos == w.units {
			items = w.size
		}
	}
	if w.pos < w.units {
		w.outcome = max(w.outcome, OutcomeCanceled)
		lo := w.offset
		r.leave(span{lo + w.pos, lo + w.size})
	}
	w.total.items += items
	w.total.failed += w.failed
	w.total.chunks++
	w.total.busy += took
	if w.outcome >= OutcomeError {
		w.total.chunksFailed++
	}
	if r.metered {
		w.items.Store(int64(w.total.items))
	}
	if r.whole {
		w.base.Store(int64(w.total.items - w.size)) // so that late reports come to nothing
	}
	if items > 0 && took > 0 && !r.whole {
		w.pace(items, took)
	}
	if r.feed != nil {
		r.feed.finished(w)
	}
	return items
}

const (
	fastItem  = 100 * time.Nanosecond // below it, a look at the context before each item would be felt
	shortItem = 10 * time.Microsecond // below it, so would a store to the meter after each item
	group     = 16                    // so many items then share one
	never     = math.MaxInt
)

// pace lets the next chunk follow from one whose items took so long.
func (w *worker) pace(items int, took time.Duration) {
	w.stride = 1
	if took < fastItem*time.Duration(items) {
		w.stride = group
	}
	if w.lag != never {
		w.lag = 1
		if took < shortItem*time.Duration(items) {
			w.lag = group
		}
	}
	if w.run.timed {
		w.want = scale(items, took, w.run.target)
	}
}

// scale returns how many items would take the target, where items took so
// long, but at most eight times as many: early measurements tell little.
func scale(items int, took, target time.Duration) int {
	want := float64(items) * float64(target) / float64(max(took, 1))
	return max(1, int(min(want, 8*float64(items))))
}

// close makes the end event of a chunk whose work is over.
func (w *worker) close() {
	r := w.run
	w.free()
	took := w.ended - w.began - w.paused
	items := w.finish(took)
	if r.metered {
		w.active.Store(0)
		w.chunks.Add(1)
		r.monitor.nudge()
	}
	if len(r.set.chunkEnd) == 0 {
		return
	}
	e := &w.end
	e.Duration = took
	e.ItemsDone = items
	e.ItemsFailed = w.failed
	e.Outcome = w.outcome
	e.Err = w.err
	if e.Err == nil && e.Outcome == OutcomeCanceled {
		e.Err = canceled(w.home)
	}
	e.Attempts = 1
	if said := w.remote.Load(); said != nil {
		e.Attempts, e.RemoteWorker = said.attempts, said.worker
	} else if e.RemoteWorker != "" {
		e.RemoteWorker = ""
	}
	e.RunItemsDone = int(r.itemsDone.Add(int64(items)))
	e.RunElapsed = w.ended
}

func (w *worker) tellEnd() {
	hooks := w.run.set.chunkEnd
	for i, ok := w.enter(MomentChunkEnd, len(hooks), w.ended); ok; i, ok = w.step(len(hooks)) {
		ctx := w.home
		if n := hooks[i].before; n > 0 {
			ctx = w.ctxs[n]
		}
		hooks[i].hook.OnChunkEnd(ctx, w.end)
	}
}
