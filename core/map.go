package core

import (
	"context"
	"fmt"
)

// Map calls fn for every item and returns the results in the items' order.
//
// Each worker runs on a goroutine of its own, never the caller's, and takes
// chunks of neighbouring items. Their size follows the clock, unless WithChunkSize
// fixes it. fn is called concurrently; its context belongs to the chunk.
//
// The first failure stops the run: fn's context is cancelled and no further item
// starts. With WithContinueOnError runs go on, and with WithMaxFailedItems and
// WithMaxFailedRatio up to a limit. In all cases Map returns a *RunError, also if
// the failures are tolerated, see IsPartial, and beside it the results so far. An
// item has a valid result unless the error reports it as Failed or Unfinished. A
// panic in fn is a failure of its item. If ctx ends first, the error wraps its error
// and its cause. A run without failures that completed returns no error, even if ctx
// ended meanwhile. On an executor that is shut down, the error is ErrShutdown and
// the results are nil. Map panics if fn, e or ctx is nil.
func Map[T, R any](ctx context.Context, e *Executor, items []T, fn func(context.Context, T) (R, error)) ([]R, error) {
	requireArguments(e, fn != nil, "Map")
	s := e.newSliceSource(len(items), true)
	r, err := e.newRun(ctx, len(items), s.workers)
	if err != nil {
		return nil, err
	}
	r.indexedResults = true
	nameItems(r, s, items)
	out := make([]R, len(items))
	return out, r.execute(s, func(w *worker) error {
		lo, hi := w.bounds()
		return mapItems(w, items[lo:hi], out[lo:hi], fn)
	})
}

// ForEach calls fn for every item. Everything else is as for Map.
func ForEach[T any](ctx context.Context, e *Executor, items []T, fn func(context.Context, T) error) error {
	requireArguments(e, fn != nil, "ForEach")
	s := e.newSliceSource(len(items), true)
	r, err := e.newRun(ctx, len(items), s.workers)
	if err != nil {
		return err
	}
	r.indexedResults = true
	nameItems(r, s, items)
	return r.execute(s, func(w *worker) error {
		lo, hi := w.bounds()
		return eachItem(w, items[lo:hi], fn)
	})
}

// MapChunks calls fn for chunks of neighbouring items and returns all results
// in the items' order. It is for work that is cheaper for many items at once. fn
// returns one result for each of its items; another number is an error. If fn
// fails, all items of its chunk have failed, with one *ChunkError. fn may call
// ReportProgress.
//
// A chunk has ceil(items/(16*workers)) items, at most 1,000, unless
// WithChunkSize fixes its size. Everything else is as for Map.
func MapChunks[T, R any](ctx context.Context, e *Executor, items []T, fn func(context.Context, []T) ([]R, error)) ([]R, error) {
	requireArguments(e, fn != nil, "MapChunks")
	s := e.newSliceSource(len(items), false)
	r, err := e.newRun(ctx, len(items), s.workers)
	if err != nil {
		return nil, err
	}
	r.indexedResults, r.chunkFunc = true, true
	nameItems(r, s, items)
	out := make([]R, len(items))
	return out, r.execute(s, func(w *worker) error {
		lo, hi := w.bounds()
		results, err := mapChunk(w, items[lo:hi:hi], fn)
		if err == nil {
			copy(out[lo:hi], results)
			w.pos++
		}
		return err
	})
}

// ForEachChunk calls fn for chunks of neighbouring items. Everything else is as
// for MapChunks.
func ForEachChunk[T any](ctx context.Context, e *Executor, items []T, fn func(context.Context, []T) error) error {
	requireArguments(e, fn != nil, "ForEachChunk")
	s := e.newSliceSource(len(items), false)
	r, err := e.newRun(ctx, len(items), s.workers)
	if err != nil {
		return err
	}
	r.indexedResults, r.chunkFunc = true, true
	nameItems(r, s, items)
	return r.execute(s, func(w *worker) error {
		lo, hi := w.bounds()
		err := fn(w.userCtx, items[lo:hi:hi])
		if err == nil {
			w.pos++
		}
		return err
	})
}

func requireArguments(e *Executor, hasFunction bool, name string) {
	if e == nil {
		panic(fmt.Errorf("core: %s: the executor is nil; make one with NewExecutor", name))
	}
	if !hasFunction {
		panic(fmt.Errorf("core: %s: the function is nil; give one", name))
	}
}

// newSliceSource cuts n items into chunks, by default of a timed size or of one
// for functions on chunks.
func (e *Executor) newSliceSource(n int, timed bool) *sliceSource {
	s := &sliceSource{items: n, workers: e.workersFor(n), size: min(e.config.chunkSize, n)}
	if s.size == 0 && !timed && n > 0 {
		s.size = defaultChunkSize(n, s.workers)
	}
	return s
}

// execute calls process for all chunks of a slice.
func (r *run) execute(s *sliceSource, process func(*worker) error) error {
	r.source = s
	// With a fixed size, the clock only decides how often to check the context. For
	// a few items that is not worth reading it.
	r.fixedSize = s.size
	r.equalBorders = r.exec.config.chunkSize > 0
	r.alwaysReady = true
	r.timed = s.size == 0
	s.moreItems.L = &s.mu
	r.measured = r.timed || s.size >= 64 && !r.chunkFunc
	r.open()
	r.runWorkers(process)
	s.close()
	return r.close(nil)
}

// bounds returns the worker's chunk as a range of item indexes.
func (w *worker) bounds() (lo, hi int) {
	return w.offset, w.offset + w.size
}

// mapItems calls fn for the items of the worker's chunk from pos on, until one
// fails or a signal comes.
func mapItems[T, R any](w *worker, in []T, out []R, fn func(context.Context, T) (R, error)) error {
	for k := w.pos; k < len(in) && !w.signalled(); {
		end := min(k+w.cancelCheckEvery, len(in))
		if err := mapGroup(w, in[k:end], out[k:end], fn); err != nil {
			return err
		}
		k = end
		w.publish()
	}
	return nil
}

// mapGroup calls fn for the items between two checks of the context. Its loop has
// few variables: they are read anew from the stack after each call, which matters
// for items of nanoseconds.
func mapGroup[T, R any](w *worker, in []T, out []R, fn func(context.Context, T) (R, error)) error {
	out = out[:len(in)]
	for i := range in {
		if w.signal.Load() != signalNone {
			break
		}
		v, err := fn(w.userCtx, in[i])
		if err != nil {
			return err
		}
		out[i] = v
		w.pos++ // after each call, so that a panic is its item's
	}
	return nil
}

// eachItem is mapItems without results.
func eachItem[T any](w *worker, in []T, fn func(context.Context, T) error) error {
	for k := w.pos; k < len(in) && !w.signalled(); {
		end := min(k+w.cancelCheckEvery, len(in))
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
		if w.signal.Load() != signalNone {
			break
		}
		if err := fn(w.userCtx, in[i]); err != nil {
			return err
		}
		w.pos++
	}
	return nil
}

// mapChunk calls fn for a whole chunk and checks the number of results.
func mapChunk[T, R any](w *worker, in []T, fn func(context.Context, []T) ([]R, error)) ([]R, error) {
	out, err := fn(w.userCtx, in)
	if err == nil && len(out) != len(in) {
		return nil, fmt.Errorf("the function returned %d results for %d items; it must return one for each", len(out), len(in))
	}
	return out, err
}
