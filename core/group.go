package core

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Group is a run in the shape of an errgroup (golang.org/x/sync/errgroup): each call
// of Go is a chunk of one item. A loop that starts goroutines changes one line to
// be seen by hooks. Its methods are safe for concurrent use, but for SetLimit.
//
// For many items of a slice, ForEach and Map are faster: a goroutine for each item
// costs more than most items.
type Group struct {
	run    *Run
	ctx    context.Context
	cancel context.CancelCauseFunc
	active sync.WaitGroup
	slots  chan struct{} // nil if there is no limit

	once sync.Once
	err  error // the first
}

// NewGroup begins a run of unknown length, and returns its group and a context. The
// context ends when a function returns an error, with that error as its cause, when
// Wait returns, and with ctx. The start hooks are called before NewGroup returns. It
// panics if e or ctx is nil.
//
// On an executor that is shut down, functions are not called, and Wait returns
// ErrShutdown.
func NewGroup(ctx context.Context, e *Executor) (*Group, context.Context) {
	requireArguments(e, true, "NewGroup")
	runCtx, run := e.Start(ctx, -1)
	groupCtx, cancel := context.WithCancelCause(runCtx)
	return &Group{run: run, ctx: groupCtx, cancel: cancel}, groupCtx
}

// SetLimit limits the number of active functions to n. A negative n means no limit,
// which is the default; 0 lets Go wait forever. It panics while a function is
// active.
func (g *Group) SetLimit(n int) {
	if active := len(g.slots); active > 0 {
		panic(fmt.Errorf("core: Group.SetLimit(%d): %d functions are active; set the limit before the first call of Go", n, active))
	}
	g.slots = nil
	if n >= 0 {
		g.slots = make(chan struct{}, n)
	}
}

// Go calls f on a new goroutine, also if the context has ended. It waits while as
// many functions are active as SetLimit allows. The first error of a function ends
// the context, and Wait returns it. A panic in f is recorded and goes on: it ends
// the program, as in an errgroup. After runtime.Goexit in f, Wait returns ErrGoexit.
func (g *Group) Go(f func() error) {
	if g.slots != nil {
		g.slots <- struct{}{}
	}
	g.start(f)
}

// TryGo is Go if fewer functions are active than SetLimit allows. It reports whether
// it started f, and never waits.
func (g *Group) TryGo(f func() error) bool {
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
		default:
			return false
		}
	}
	g.start(f)
	return true
}

func (g *Group) start(f func() error) {
	if f == nil {
		panic(errors.New("core: Group.Go: the function is nil; give one"))
	}
	g.active.Add(1)
	go func() {
		defer g.active.Done()
		if g.slots != nil {
			defer func() { <-g.slots }()
		}
		err := ErrGoexit // if f does not return
		defer func() {
			if err != nil {
				g.once.Do(func() {
					g.err = err
					g.cancel(err)
				})
			}
		}()
		err = g.run.chunk(g.ctx, 1, func(context.Context) error { return f() }, true)
	}()
}

// Wait waits for all functions, ends the run and the context, and returns the first
// error of a function, as that function returned it. The outcome of the run is
// OutcomeError if a function failed, or OutcomePartial if the executor tolerates
// that and all others went through. It is OutcomeCanceled if functions stopped only
// because the context given to NewGroup had ended.
func (g *Group) Wait() error {
	g.active.Wait()
	g.cancel(g.err)
	g.run.End(nil)
	return g.err
}
