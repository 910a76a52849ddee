package core

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"runtime"
)

// Run is a run of the caller's own loop; see Executor.Start. Its methods are safe
// for concurrent use.
type Run struct {
	run      *run          // nil if the executor was shut down
	finished chan struct{} // closed when End is done

	// Under the run's lock:
	ended           bool
	chunks, claimed int // so far: the next chunk's number and offset
	slots           []*slot
	free            freeSlots
	contexts        []chunkContext // for the next chunks
}

// Start begins a run for a loop of your own. Call Chunk for every piece of work,
// from any number of goroutines, and End when all is done. items is the total, -1
// if it is not known.
//
// The context that Start returns belongs to the run: pass it, or one derived from
// it, to Chunk. Only End and its parent cancel it. Start calls the start hooks
// before it returns. On an executor that is shut down, the context is cancelled
// with ErrShutdown as its cause, and Chunk returns ErrShutdown. Start panics if
// items is below -1 or ctx is nil.
func (e *Executor) Start(ctx context.Context, items int) (context.Context, *Run) {
	require(items >= -1, "Start", items, "the number of items is negative; give 0 or more, or -1 if it is not known")
	r, err := e.newRun(ctx, items, 0)
	if err != nil {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(err)
		return ctx, &Run{}
	}
	r.chunkFunc, r.named = true, true
	r.open()
	return r.workCtx, &Run{run: r, finished: make(chan struct{})}
}

// Chunk runs fn as one chunk of the run, on the caller's goroutine and with the
// caller's context, and returns fn's error. An error fails all items of the chunk.
// A panic in fn is recorded and goes on. If ctx is done, fn is not called, and the
// error wraps ctx's error and its cause. An error because ctx was cancelled leaves
// the chunk unfinished; one because ctx timed out fails it, unless the run itself
// is stopping.
//
// Hooks of the chunk are called on the caller's goroutine. If one calls
// runtime.Goexit, fn still runs while that goroutine ends.
//
// Chunk returns ErrRunEnded after End, and ErrShutdown if the executor was
// shut down before Start. It panics if items is negative or fn or ctx is nil.
func (r *Run) Chunk(ctx context.Context, items int, fn func(context.Context) error) error {
	return r.chunk(ctx, items, fn, false)
}

// chunk is Chunk. With always it calls fn also if ctx is done.
func (r *Run) chunk(ctx context.Context, items int, fn func(context.Context) error, always bool) error {
	require(items >= 0, "Run.Chunk", items, "the number of items is negative; give 0 or more")
	if fn == nil || ctx == nil {
		panic(errors.New("core: Run.Chunk: the function or the context is nil; give both"))
	}
	if r.run == nil {
		return ErrShutdown
	}
	s, err := r.acquire(ctx, items, always)
	if err != nil {
		return err
	}
	defer r.release(s) // also when this goroutine panics or exits
	s.fn = fn
	s.runInline()
	if !s.called {
		return cancellation(ctx)
	}
	return s.callResult.err
}

// slot is a worker on the user's goroutines, one at a time. It gives each its
// error or panic.
type slot struct {
	worker
	fn func(context.Context) error
	callResult
}

// callResult is the end of a call of the user's function.
type callResult struct {
	called bool
	err    error
}

func (s *slot) callFn(w *worker) error {
	s.called = true
	s.callResult.err = s.fn(w.userCtx)
	if s.callResult.err == nil {
		w.pos++
	}
	return s.callResult.err
}

// runInline does the chunk's work on this goroutine, which is the user's. The
// deferred call that recovers a panic does the rest of the work, and then panics
// again: the stack has not unwound by then, so that a crash of the program names
// the function that panicked.
func (s *slot) runInline() {
	returned := false
	defer func() {
		if returned {
			return
		}
		inHook, value := s.inHook(), recover() // a nil value means Goexit, which goes on by itself
		stack := make([]byte, maxStack)
		s.recovered(value, stack[:runtime.Stack(stack, false)])
		s.runInline()
		if value != nil && !inHook {
			panic(value)
		}
	}()
	s.resume()
	returned = true
}

// End ends the run: it waits for active chunks, calls the end hooks and cancels
// the run's context. err is the error of the loop. With nil the chunks decide the
// outcome, and a run with fewer items done than announced to Start has failed, with
// ErrIncomplete. ErrStopped says that the loop stopped early on purpose: the
// outcome is canceled. Only the first call counts, and the others wait for it. A
// call inside a chunk never returns.
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
	r.run.active.Wait()
	_ = r.run.close(err) // hooks have the error, and the caller its own
	close(r.finished)
}

// acquire takes the free slot with the lowest number, or a new one.
func (r *Run) acquire(ctx context.Context, items int, always bool) (*slot, error) {
	run := r.run
	run.mu.Lock()
	defer run.mu.Unlock()
	if r.ended {
		return nil, fmt.Errorf("%s: %w", run.start.Executor, ErrRunEnded)
	}
	if ctx.Err() != nil && !always {
		run.incomplete = run.incomplete || run.callerCtx.Err() != nil
		return nil, cancellation(ctx)
	}
	run.active.Add(1)
	if r.free.Len() == 0 {
		s := &slot{}
		s.init(run, len(r.slots))
		s.process = s.callFn
		heap.Push(&r.free, s.id)
		r.slots = append(r.slots, s)
		run.workers = append(run.workers, &s.worker)
	}
	i := heap.Pop(&r.free).(int)
	if len(r.contexts) == 0 {
		r.contexts = make([]chunkContext, 64) // one allocation for many chunks
	}
	s, chunkCtx := r.slots[i], &r.contexts[0]
	r.contexts = r.contexts[1:]
	*chunkCtx = chunkContext{ctx, &s.worker}
	s.setContext(ctx, chunkCtx)
	if run.reported {
		s.callCtx.Store(chunkCtx)
	}
	s.always = always
	s.setChunk(r.chunks, r.claimed, items)
	r.chunks++
	r.claimed = addItems(r.claimed, items)
	s.resetChunk()
	s.phase = phaseWork
	if !run.unobserved {
		s.beginChunk()
		s.phase = phaseChunkStart
	}
	return s, nil
}

// release frees a slot.
func (r *Run) release(s *slot) {
	r.run.mu.Lock()
	defer r.run.mu.Unlock()
	s.fn, s.callResult = nil, callResult{}
	heap.Push(&r.free, s.id)
	r.run.active.Done()
}

// freeSlots are the numbers of free slots, a heap whose first is the lowest. With
// thousands of callers inside, a search among all slots would take long.
type freeSlots []int

func (f freeSlots) Len() int           { return len(f) }
func (f freeSlots) Less(i, j int) bool { return f[i] < f[j] }
func (f freeSlots) Swap(i, j int)      { f[i], f[j] = f[j], f[i] }

// Push adds a number, for package heap.
func (f *freeSlots) Push(i any) { *f = append(*f, i.(int)) }

// Pop removes the last number, for package heap.
func (f *freeSlots) Pop() any {
	last := len(*f) - 1
	i := (*f)[last]
	*f = (*f)[:last]
	return i
}
