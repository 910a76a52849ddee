package core

import (
	"context"
	"fmt"
)

// Map calls fn for every item and returns the results in the items' order.
//
// Each worker runs on a goroutine of its own, never the caller's, and takes
// chunks of neighbouring items whose size follows the clock unless
// WithChunkSize fixes it. fn is called concurrently; its context belongs to the
// chunk.
//
// The first failure stops the run, unless WithContinueOnError is set: fn's
// context is cancelled and no further item starts. Either way the error is a
// *RunError, and the results so far are returned beside it: an item has a valid
// result unless the error reports it as Failed or Unfinished. A panic in fn is
// a failure of its item. If ctx ends first, the error wraps its error and its
// cause. A run that completed returns no error, even if ctx ended meanwhile. On
// an executor that is shut down the error is ErrShutdown and the results are
// nil. Map panics if fn, e or ctx is nil.
func Map[T, R any](ctx context.Context, e *Executor, items []T, fn func(context.Context, T) (R, error)) ([]R, error) {
	mustHave(e, fn != nil, "Map")
	p := e.plan(len(items), true)
	r, err := e.newRun(ctx, len(items), p.workers)
	if err != nil {
		return nil, err
	}
	r.results = true
	out := make([]R, len(items))
	return out, r.over(p, func(w *worker) error {
		lo, hi := w.bounds()
		return mapItems(w, items[lo:hi], out[lo:hi], fn)
	})
}

// ForEach calls fn for every item. All that Map says holds for it too.
func ForEach[T any](ctx context.Context, e *Executor, items []T, fn func(context.Context, T) error) error {
	mustHave(e, fn != nil, "ForEach")
	p := e.plan(len(items), true)
	r, err := e.newRun(ctx, len(items), p.workers)
	if err != nil {
		return err
	}
	r.results = true
	return r.over(p, func(w *worker) error {
		lo, hi := w.bounds()
		return eachItem(w, items[lo:hi], fn)
	})
}

// MapChunks calls fn for chunks of neighbouring items and returns all results
// in the items' order: for work that is cheaper for many items at once. fn
// returns as many results as it was given items; another number is an error. If
// it fails, all items of its chunk have failed, as a *ChunkError. It may call
// ReportProgress.
//
// A chunk has ceil(items/(16*workers)) items, at most 1,000, unless
// WithChunkSize says otherwise. For the rest see Map.
func MapChunks[T, R any](ctx context.Context, e *Executor, items []T, fn func(context.Context, []T) ([]R, error)) ([]R, error) {
	mustHave(e, fn != nil, "MapChunks")
	p := e.plan(len(items), false)
	r, err := e.newRun(ctx, len(items), p.workers)
	if err != nil {
		return nil, err
	}
	r.results, r.whole = true, true
	out := make([]R, len(items))
	return out, r.over(p, func(w *worker) error {
		lo, hi := w.bounds()
		results, err := mapChunk(w, items[lo:hi:hi], fn)
		if err == nil {
			copy(out[lo:hi], results)
			w.pos++
		}
		return err
	})
}

// ForEachChunk calls fn for chunks of neighbouring items. All that MapChunks
// says holds for it too.
func ForEachChunk[T any](ctx context.Context, e *Executor, items []T, fn func(context.Context, []T) error) error {
	mustHave(e, fn != nil, "ForEachChunk")
	p := e.plan(len(items), false)
	r, err := e.newRun(ctx, len(items), p.workers)
	if err != nil {
		return err
	}
	r.results, r.whole = true, true
	return r.over(p, func(w *worker) error {
		lo, hi := w.bounds()
		err := fn(w.ctx, items[lo:hi:hi])
		if err == nil {
			w.pos++
		}
		return err
	})
}

func mustHave(e *Executor, fn bool, name string) {
	if e == nil {
		panic(fmt.Sprintf("core: %s: the executor is nil; make one with NewExecutor", name))
	}
	if !fn {
		panic(fmt.Sprintf("core: %s: the function is nil", name))
	}
}

// plan cuts n items; timed says whether the default size follows the clock.
func (e *Executor) plan(n int, timed bool) *plan {
	p := &plan{n: n, workers: e.workersFor(n), size: min(e.config.chunkSize, n)}
	if p.size == 0 && !timed && n > 0 {
		p.size = defaultChunkSize(n, p.workers)
	}
	return p
}

// over runs body over all chunks of a plan.
func (r *run) over(p *plan, body func(*worker) error) error {
	r.feed = p
	// Where the size is fixed, the clock only tells how often to look at the
	// context: not worth reading for a few items.
	r.fixed = p.size
	r.prompt = true
	r.timed = p.size == 0
	r.clocked = r.timed || p.size >= 64 && !r.whole
	r.open()
	r.work(body)
	return r.close(nil)
}

// bounds returns the worker's chunk as a range of item indexes.
func (w *worker) bounds() (lo, hi int) {
	return w.offset, w.offset + w.size
}

// mapItems calls fn for the items of the worker's chunk from pos on, until one
// fails or the run is halted.
func mapItems[T, R any](w *worker, in []T, out []R, fn func(context.Context, T) (R, error)) error {
	for k := w.pos; k < len(in) && !w.halted(); {
		end := min(k+w.stride, len(in))
		if err := mapGroup(w, in[k:end], out[k:end], fn); err != nil {
			return err
		}
		k = end
		w.publish()
	}
	return nil
}

// mapGroup calls fn for items between two looks at the context. It is a loop
// with little in it, for what it needs is read anew from the stack after each
// call, and items of nanoseconds feel that.
func mapGroup[T, R any](w *worker, in []T, out []R, fn func(context.Context, T) (R, error)) error {
	out = out[:len(in)]
	for i := range in {
		if w.stop.Load() {
			break
		}
		v, err := fn(w.ctx, in[i])
		if err != nil {
			return err
		}
		out[i] = v
		w.pos++ // here, where a panic finds the item it came from
	}
	return nil
}

// eachItem is mapItems without results.
func eachItem[T any](w *worker, in []T, fn func(context.Context, T) error) error {
	for k := w.pos; k < len(in) && !w.halted(); {
		end := min(k+w.stride, len(in))
		if err := eachOfGroup(w, in[k:end], fn); err != nil {
			return err
		}
		k = end
		w.publish()
	}
	return nil
}

func eachOfGroup[T any](w *worker, in []T, fn func(context.Context, T) error) error {
	for i := range in {
		if w.stop.Load() {
			break
		}
		if err := fn(w.ctx, in[i]); err != nil {
			return err
		}
		w.pos++
	}
	return nil
}

// mapChunk calls fn for a whole chunk and checks how much it returned.
func mapChunk[T, R any](w *worker, in []T, fn func(context.Context, []T) ([]R, error)) ([]R, error) {
	out, err := fn(w.ctx, in)
	if err == nil && len(out) != len(in) {
		return nil, fmt.Errorf("the function returned %d results for %d items; it must return one for each", len(out), len(in))
	}
	return out, err
}
