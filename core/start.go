package core

import (
	"context"
	"fmt"
	"slices"
)

// Run is a run whose loop is the caller's own; see Executor.Start. Its methods
// are safe for concurrent use.
type Run struct {
	run      *run          // nil if the executor was shut down
	finished chan struct{} // closed when End is through

	// Under the run's lock:
	ended           bool
	chunks, claimed int // so far; the next chunk's number and offset
	seats           []*seat
	contexts        []chunkContext // for the next chunks
}

// Start begins a run for a loop of your own: call Chunk for every piece of
// work, from as many goroutines as you like, and End when all is done. items is
// the total, -1 if it is not known.
//
// The context that Start returns belongs to the run: pass it, or one made from
// it, to Chunk. It is cancelled only by End and by its parent. The start hooks
// are called before Start returns. On an executor that is shut down, the
// context is cancelled with ErrShutdown as its cause, and Chunk returns
// ErrShutdown. Start panics if items is below -1, or ctx is nil.
func (e *Executor) Start(ctx context.Context, items int) (context.Context, *Run) {
	require(items >= -1, "Start", items, "the number of items is negative; give 0 or more, or -1 if it is not known")
	r, err := e.newRun(ctx, items, 0)
	if err != nil {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return ctx, &Run{}
	}
	r.whole = true
	r.open()
	return r.ctx, &Run{run: r, finished: make(chan struct{})}
}

// Chunk runs fn as one chunk of the run, on the caller's goroutine and with the
// caller's context as it is, and returns fn's error as it is. An error fails
// all items of the chunk. A panic in fn is recorded and goes on. If ctx is
// done, fn is not called and the error wraps its error and its cause.
//
// Hooks of the chunk are called on the caller's goroutine. Should one call
// runtime.Goexit, fn still runs while that goroutine ends.
//
// Chunk returns ErrRunEnded after End, and ErrShutdown if the executor was
// shut down before Start. It panics if items is negative or fn or ctx is nil.
func (r *Run) Chunk(ctx context.Context, items int, fn func(context.Context) error) error {
	require(items >= 0, "Run.Chunk", items, "the number of items is negative; give 0 or more")
	if fn == nil || ctx == nil {
		panic("core: Run.Chunk: the function or the context is nil")
	}
	if r.run == nil {
		return ErrShutdown
	}
	s, err := r.acquire(ctx, items)
	if err != nil {
		return err
	}
	defer r.release(s) // also when this goroutine panics or exits
	s.fn = fn
	surviveHere(s)
	if s.panicked {
		panic(s.value)
	}
	if !s.called {
		return canceled(ctx)
	}
	return s.answer.err
}

// seat is a worker of the user's goroutines, one at a time, that gives each
// its error or panic.
type seat struct {
	worker
	taken bool
	fn    func(context.Context) error
	answer
}

// answer is how the user's function ended.
type answer struct {
	called   bool
	err      error
	panicked bool
	value    any
}

func (s *seat) call(w *worker) error {
	s.called = true
	s.answer.err = s.fn(w.ctx)
	if s.answer.err == nil {
		w.pos++
	}
	return s.answer.err
}

func (s *seat) broke(value any, stack []byte) {
	if !s.inHook() {
		s.panicked, s.value = value != nil, value
	}
	s.worker.broke(value, stack)
}

func (s *seat) over() {}

// End ends the run: it waits for chunks that still run, tells the end and
// cancels the run's context. err is what the loop has to say; nil leaves the
// outcome to the chunks. Only the first call counts, the others wait for it.
// Called inside a chunk, it would wait for ever.
func (r *Run) End(err error) {
	if r.run == nil {
		return
	}
	r.run.mu.Lock()
	first := !r.ended
	r.ended = true
	r.run.mu.Unlock()
	if !first {
		<-r.finished
		return
	}
	r.run.working.Wait()
	_ = r.run.close(err) // the hooks are told; the caller's loop knows
	close(r.finished)
}

// acquire takes the free seat with the lowest number, or a new one.
func (r *Run) acquire(ctx context.Context, items int) (*seat, error) {
	run := r.run
	run.mu.Lock()
	defer run.mu.Unlock()
	if r.ended {
		return nil, fmt.Errorf("%s: %w", run.start.Executor, ErrRunEnded)
	}
	if ctx.Err() != nil {
		run.incomplete = run.incomplete || run.given.Err() != nil
		return nil, canceled(ctx)
	}
	run.working.Add(1)
	i := slices.IndexFunc(r.seats, func(s *seat) bool { return !s.taken })
	if i < 0 {
		i = len(r.seats)
		s := &seat{}
		s.init(run, i)
		s.body = s.call
		r.seats = append(r.seats, s)
		run.workers = append(run.workers, &s.worker)
	}
	if len(r.contexts) == 0 {
		r.contexts = make([]chunkContext, 64) // one allocation for many chunks
	}
	s, home := r.seats[i], &r.contexts[0]
	r.contexts = r.contexts[1:]
	*home = chunkContext{ctx, &s.worker}
	s.taken = true
	s.setHome(ctx, home)
	s.setChunk(r.chunks, r.claimed, items)
	r.chunks++
	r.claimed += items
	s.reset()
	s.phase = phaseWork
	if !run.quiet {
		s.open()
		s.phase = phaseStart
	}
	return s, nil
}

// release frees a seat.
func (r *Run) release(s *seat) {
	r.run.mu.Lock()
	defer r.run.mu.Unlock()
	s.taken, s.fn, s.answer = false, nil, answer{}
	r.run.working.Done()
}
