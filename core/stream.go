package core

import (
	"context"
	"iter"
)

// Stream calls fn for every item of src while the caller ranges over the results,
// which come in the items' order. It is for inputs that are larger than memory, or
// endless.
//
// One goroutine pulls src, at most two chunks a worker, or 4,096 items, ahead of
// what was yielded. The size of chunks follows the clock, up to 4,096 items, and an
// idle worker takes a chunk before it is full. A size that WithChunkSize fixes is
// waited for, see WithLinger.
//
// The first failure stops the run: Stream yields all results before the first
// item without one, then a zero value with the *RunError. With
// WithContinueOnError, a zero value and the *ItemError take the failed item's
// place. So it is with WithMaxFailedItems and WithMaxFailedRatio, and a run that
// passes the limit yields a zero value with the *RunError at its end. A failure is yielded as soon as the calls of fn that have begun have
// returned, also while src waits. An error of src, in its last pair, or a panic in
// it, ends the run after the results of all items before it. So does the end of
// ctx, after those that are complete. A source that ends after ctx did may have
// ended because of it, so that the run counts as cancelled.
//
// Leaving the loop early cancels fn's context and waits for fn. Stream never
// returns before src does: a source that may block for long should end with the
// run, see StreamFrom. Each range over the result is a new run. Stream panics if
// src, fn, e or ctx is nil.
func Stream[T, R any](ctx context.Context, e *Executor, src iter.Seq2[T, error], fn func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	requireArguments(e, fn != nil && src != nil, "Stream")
	return streamItems(ctx, e, fixedSequence(src), fn)
}

// StreamFrom is Stream for a source that ends with the run. src is called once for
// each range over the result, on the goroutine that pulls the sequence. Its context
// ends when a failure, the end of ctx or the caller's loop stops the run; a source
// that waits for something should watch it. FromChan returns such a source.
func StreamFrom[T, R any](ctx context.Context, e *Executor, src func(context.Context) iter.Seq2[T, error], fn func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	requireArguments(e, fn != nil && src != nil, "StreamFrom")
	return streamItems(ctx, e, src, fn)
}

// StreamChunks is Stream for work that is cheaper for many items at once. fn
// gets a chunk of at most 1,000 items, unless WithChunkSize fixes its size, and
// returns one result for each; it may keep the slice. If fn fails, all items of
// its chunk have failed. With WithContinueOnError, one zero value and the
// *ChunkError take their place.
func StreamChunks[T, R any](ctx context.Context, e *Executor, src iter.Seq2[T, error], fn func(context.Context, []T) ([]R, error)) iter.Seq2[R, error] {
	requireArguments(e, fn != nil && src != nil, "StreamChunks")
	return streamChunks(ctx, e, fixedSequence(src), fn)
}

// StreamChunksFrom is StreamChunks for a source that ends with the run; see
// StreamFrom.
func StreamChunksFrom[T, R any](ctx context.Context, e *Executor, src func(context.Context) iter.Seq2[T, error], fn func(context.Context, []T) ([]R, error)) iter.Seq2[R, error] {
	requireArguments(e, fn != nil && src != nil, "StreamChunksFrom")
	return streamChunks(ctx, e, src, fn)
}

// FromSeq returns a source for Stream that yields seq without errors.
func FromSeq[T any](seq iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v := range seq {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// FromChan returns a source for StreamFrom that yields what it receives from c,
// until c is closed or the run stops. A value that was received when the run stops
// is lost to later runs, as with any loop over a channel.
func FromChan[T any](c <-chan T) func(context.Context) iter.Seq2[T, error] {
	return func(ctx context.Context) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for {
				select {
				case <-ctx.Done():
					return
				case v, open := <-c:
					if !open || !yield(v, nil) {
						return
					}
				}
			}
		}
	}
}

func fixedSequence[T any](src iter.Seq2[T, error]) func(context.Context) iter.Seq2[T, error] {
	return func(context.Context) iter.Seq2[T, error] { return src }
}

func streamItems[T, R any](ctx context.Context, e *Executor, src func(context.Context) iter.Seq2[T, error], fn func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s := newStreamSource[T, R](e)
		if !s.fixed {
			s.size, s.limit, s.timed = 1, maxStreamChunk, true
		}
		s.process = func(w *worker) error {
			b := s.assigned[w.id]
			if w.pos == 0 {
				b.out = resize(b.out, len(b.in))
			}
			return mapItems(w, b.in[:w.units], b.out[:w.units], fn)
		}
		s.stream(ctx, e, src, yield)
	}
}

func streamChunks[T, R any](ctx context.Context, e *Executor, src func(context.Context) iter.Seq2[T, error], fn func(context.Context, []T) ([]R, error)) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		s := newStreamSource[T, R](e)
		s.chunkFunc = true
		if !s.fixed {
			s.size, s.limit = defaultStreamChunk, defaultStreamChunk
		}
		s.process = func(w *worker) (err error) {
			b := s.assigned[w.id]
			b.out, err = mapChunk(w, b.in[:len(b.in):len(b.in)], fn)
			if err == nil {
				w.pos++
			}
			return err
		}
		s.stream(ctx, e, src, yield)
	}
}

// newStreamSource returns a source of chunks of the executor's fixed size, if it has one.
func newStreamSource[T, R any](e *Executor) *streamSource[T, R] {
	size := e.config.chunkSize
	return &streamSource[T, R]{size: size, limit: size, fixed: size > 0, linger: e.config.linger}
}

// resize returns a slice of n elements, in s if that is large enough.
func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// stream does one run: it starts the goroutines, yields the results in order, and
// ends the goroutines however the loop ends. The hooks learn of the run's end, and
// the loop of its error, before the source has ended.
func (s *streamSource[T, R]) stream(ctx context.Context, e *Executor, src func(context.Context) iter.Seq2[T, error], yield func(R, error) bool) {
	var zero R
	r, err := e.newRun(ctx, -1, e.workersFor(-1))
	if err != nil {
		yield(zero, err)
		return
	}
	r.source, r.chunkFunc, r.timed, r.measured = s, s.chunkFunc, s.timed, s.timed
	r.equalBorders = s.fixed && s.linger == 0
	s.nameOf = itemNameFor[T](e)
	r.named = s.nameOf != nil
	r.open()
	s.start(r, src)
	defer s.waitForSource()

	finished := false
	defer func() {
		if !finished { // the loop was left, or its body panicked: the panic goes on after this
			r.mu.Lock()
			r.failures.loopLeft = true
			r.mu.Unlock()
			r.cancelWorkers(errLoopLeft)
			sourceErr, _ := s.finish()
			r.close(sourceErr) //nolint:errcheck,gosec // the caller has left the loop
		}
	}()
	complete, goOn := s.yieldAll(yield)
	if !goOn {
		return
	}
	sourceErr, processed := s.finish()
	finished = true
	complete = complete && processed
	r.mu.Lock()
	r.failures.incomplete = !complete
	r.mu.Unlock()
	err = r.close(sourceErr)
	if err != nil && (!e.config.continueOnError || !complete || sourceErr != nil || r.limitPassed != "") {
		yield(zero, err)
	}
}

// yieldAll yields results in order until there are no more. It reports whether
// none was missing, and whether the loop goes on.
func (s *streamSource[T, R]) yieldAll(yield func(R, error) bool) (complete, goOn bool) {
	for {
		b := s.nextBatch()
		if b == nil {
			return true, true
		}
		for k := range b.units(s.chunkFunc) {
			err := b.errs[k]
			switch {
			case k >= b.finished, err != nil && !s.run.exec.config.continueOnError:
				return false, true
			case err != nil:
				var zero R
				if !yield(zero, err) {
					return false, false
				}
			case s.chunkFunc:
				for _, v := range b.out {
					if !yield(v, nil) {
						return false, false
					}
				}
			case !yield(b.out[k], nil):
				return false, false
			}
		}
		s.recycle(b)
	}
}
