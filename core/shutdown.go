package core

import (
	"context"
	"errors"
	"fmt"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/guard"
)

// Shutdown refuses new runs, which then return ErrShutdown. It waits for active
// runs as long as ctx lasts, and then flushes the hooks that implement Flusher, all
// of them side by side, for 8 s if ctx has no deadline. It does not shut hooks
// down; their creator does, see ShutdownAll.
//
// When ctx ends, Shutdown returns an error that says what it did not wait for. It
// never cancels a run. It may be called more than once and concurrently. Called
// inside a run, with a context of that run, it does not wait for that run. Two
// runs that both call it wait for each other until their contexts end.
func (e *Executor) Shutdown(ctx context.Context) error {
	if ctx == nil {
		panic(errors.New("core: Shutdown: the context is nil; pass context.Background() to wait for runs without a limit"))
	}
	if err := e.drain(ctx); err != nil {
		return err
	}
	return e.flush(ctx)
}

// drain waits until the only active runs are those that ctx belongs to.
func (e *Executor) drain(ctx context.Context) error {
	for {
		own := 0
		for r := enclosingRun(ctx); r != nil; r = r.parent {
			if r.exec == e && !r.ended.Load() {
				own++
			}
		}
		e.mu.Lock()
		e.shutdown = true
		if e.running <= own {
			e.mu.Unlock()
			return nil
		}
		if e.runsChanged == nil {
			e.runsChanged = make(chan struct{})
		}
		running, changed := e.running-own, e.runsChanged
		e.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("%s: shutdown gave up on %d running: %w", e.config.name, running, cancellation(ctx))
		}
	}
}

// flush flushes all hooks side by side, so that a slow one does not take the
// time of the others.
func (e *Executor) flush(ctx context.Context) error {
	var tasks []closing.Task
	for _, l := range e.hooks().hooks {
		if h, ok := HookAs[Flusher](l.hook); ok {
			tasks = append(tasks, closing.Task{
				Name: fmt.Sprintf("%s: flush of hook %q", e.config.name, l.name),
				Do:   func(ctx context.Context) error { return callUser(func() error { return h.Flush(ctx) }) },
			})
		}
	}
	return closing.All(ctx, tasks...)
}

// ShutdownAll shuts hooks down, all of them side by side: those that implement
// Shutdowner, in MultiHooks and inside wrappers too. It waits until ctx ends, or
// for 8 s if ctx has no deadline, and leaves behind a hook that has not returned
// a tenth of a second later. With a context that has ended, hooks drop what they
// hold. The error names each hook that failed or lost something.
//
// The creator of a hook calls it when the last run has ended; ShutdownAll may
// be called at any moment and more than once, as each hook's Shutdown may.
func ShutdownAll(ctx context.Context, hooks ...Hook) error {
	if ctx == nil {
		panic(errors.New("core: ShutdownAll: the context is nil; pass context.Background() to wait for at most 8s"))
	}
	var tasks []closing.Task
	for _, h := range Hooks(MultiHook(hooks...)) {
		if s, ok := HookAs[Shutdowner](h); ok {
			tasks = append(tasks, closing.Task{Name: hookName(h), Do: func(ctx context.Context) error {
				return callUser(func() error { return s.Shutdown(ctx) })
			}})
		}
	}
	return closing.All(ctx, tasks...)
}

// callUser calls user code and returns its error. A panic becomes a *PanicError,
// and runtime.Goexit becomes ErrGoexit.
func callUser(f func() error) error {
	err := guard.Call(f)
	failure, broke := err.(*guard.Failure) //nolint:errorlint // Call's own, never a deeper one
	switch {
	case !broke:
		return err
	case failure.Value == nil:
		return ErrGoexit
	}
	return &PanicError{failure.Value, failure.Stack}
}

// hookName returns the hook's name, or its type if HookName breaks.
func hookName(h Hook) (name string) {
	if guard.Call(func() error { name = h.HookName(); return nil }) != nil {
		return fmt.Sprintf("%T", h)
	}
	return name
}
