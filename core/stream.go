package core

import (
	"context"
	"iter"
)

// Stream calls fn for every item of src while the results are ranged over, in
// the items' order: for inputs that do not fit into memory, or do not end.
//
// src is pulled on one goroutine, at most as far ahead as two chunks a worker
// that are not yet yielded; chunks have a size that follows the clock, of at
// most 4,096 items, unless WithChunkSize fixes it. A chunk that is not full is
// worked on as soon as a worker has nothing else to do.
//
// The first failure stops the run: all results before the first item without
// one are yielded, then a zero value with the *RunError. With
// WithContinueOnError a zero value and the *ItemError take the failed item's
// place. An error of src, which may be its last pair, or a panic in it, ends
// the run after the results of all items before it; so does the end of ctx,
// after those that are complete. Nobody can tell why a source ends after ctx
// did, so such a run counts as cancelled. Whatever stops a run, work under way
// is waited for, and so is src: if it may block for long, it should watch ctx
// itself.
//
// Leaving the loop early cancels fn's context and waits for it. Each range over
// the result is a new run. Stream panics if src, fn, e or ctx is nil.
func Stream[T, R any](ctx context.Context, e *Executor, src iter.Seq2[T, error], fn func(context.Context, T) (R, error)) iter.Seq2[R, error] {
	mustHave(e, fn != nil && src != nil, "Stream")
	return func(yield func(R, error) bool) {
		p := &pipe[T, R]{size: e.config.chunkSize, limit: e.config.chunkSize}
		if p.size == 0 {
			p.size, p.limit, p.timed = 1, maxStreamChunk, true
		}
		p.body = func(w *worker) error {
			b := p.taken[w.id]
			if w.pos == 0 {
				b.out = resize(b.out, len(b.in))
			}
			return mapItems(w, b.in, b.out, fn)
		}
		p.stream(ctx, e, src, yield)
	}
}

// StreamChunks is Stream for work that is cheaper for many items at once. fn
// gets a chunk of at most 1,000 items, unless WithChunkSize says otherwise, and
// returns one result for each; it may keep the slice. If it fails, all items of
// its chunk have failed; with WithContinueOnError one zero value and the
// *ChunkError take their place.
func StreamChunks[T, R any](ctx context.Context, e *Executor, src iter.Seq2[T, error], fn func(context.Context, []T) ([]R, error)) iter.Seq2[R, error] {
	mustHave(e, fn != nil && src != nil, "StreamChunks")
	return func(yield func(R, error) bool) {
		p := &pipe[T, R]{size: e.config.chunkSize, whole: true}
		if p.size == 0 {
			p.size = defaultStreamChunk
		}
		p.limit = p.size
		p.body = func(w *worker) (err error) {
			b := p.taken[w.id]
			b.out, err = mapChunk(w, b.in[:len(b.in):len(b.in)], fn)
			if err == nil {
				w.pos++
			}
			return err
		}
		p.stream(ctx, e, src, yield)
	}
}

// FromSeq makes a source for Stream of a sequence that has no errors.
func FromSeq[T any](seq iter.Seq[T]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for v := range seq {
			if !yield(v, nil) {
				return
			}
		}
	}
}

const (
	maxStreamChunk     = 4096
	defaultStreamChunk = 1000
)

// resize returns a slice of n elements, s itself if it is large enough.
func resize[E any](s []E, n int) []E {
	if cap(s) < n {
		return make([]E, n)
	}
	return s[:n]
}

// stream is one run: it starts everything, yields what comes out, and leaves
// nothing behind, however the loop ends.
func (p *pipe[T, R]) stream(ctx context.Context, e *Executor, src iter.Seq2[T, error], yield func(R, error) bool) {
	var zero R
	r, err := e.newRun(ctx, -1, e.workersFor(-1))
	if err != nil {
		yield(zero, err)
		return
	}
	r.feed, r.whole, r.timed, r.clocked = p, p.whole, p.timed, p.timed
	r.open()
	p.start(r, src)

	settled := false
	defer func() {
		if !settled { // the loop was left, or its body panicked: that goes on from here
			r.mu.Lock()
			r.failures.broke = true
			r.mu.Unlock()
			r.halt(errBreak)
			p.wait()
			r.close(p.sourceErr) //nolint:errcheck,gosec // there is nobody left to tell
		}
	}()
	complete, goOn := p.yieldAll(yield)
	if !goOn {
		return
	}
	p.wait()
	settled = true
	complete = complete && !p.cut && len(p.order) == 0
	r.mu.Lock()
	r.failures.incomplete = !complete
	r.mu.Unlock()
	err = r.close(p.sourceErr)
	if err != nil && (!e.config.continueOnError || !complete || p.sourceErr != nil) {
		yield(zero, err)
	}
}

// yieldAll yields results in order until there are no more. It reports whether
// none was missing, and whether the loop wants to go on.
func (p *pipe[T, R]) yieldAll(yield func(R, error) bool) (complete, goOn bool) {
	for {
		b := p.next()
		if b == nil {
			return true, true
		}
		for k := range b.units(p.whole) {
			err := b.errs[k]
			switch {
			case k >= b.finished, err != nil && !p.run.exec.config.continueOnError:
				return false, true
			case err != nil:
				var zero R
				if !yield(zero, err) {
					return false, false
				}
			case p.whole:
				for _, v := range b.out {
					if !yield(v, nil) {
						return false, false
					}
				}
			case !yield(b.out[k], nil):
				return false, false
			}
		}
		p.yielded(b)
	}
}
