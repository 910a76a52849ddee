package group_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chunkscope/chunkscope/core"
)

var (
	errFirst  = errors.New("first")
	errSecond = errors.New("second")
)

// group is the common shape.
type group interface {
	Go(f func() error)
	TryGo(f func() error) bool
	SetLimit(n int)
	Wait() error
}

// both runs a test with an errgroup and with a core.Group, each in a bubble.
func both(t *testing.T, test func(t *testing.T, newGroup func(context.Context) (group, context.Context))) {
	t.Helper()
	for name, newGroup := range map[string]func(context.Context) (group, context.Context){
		"errgroup": func(ctx context.Context) (group, context.Context) { return errgroup.WithContext(ctx) },
		"core": func(ctx context.Context) (group, context.Context) {
			return core.NewGroup(ctx, core.NewExecutor())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newGroup) })
		})
	}
}

func TestWaitReturnsTheFirstError(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, _ := newGroup(t.Context())
		g.Go(func() error { time.Sleep(2 * time.Second); return errSecond })
		g.Go(func() error { time.Sleep(time.Second); return errFirst })
		g.Go(func() error { return nil })
		if err := g.Wait(); err != errFirst {
			t.Errorf("Wait returned %v", err)
		}
		if err := g.Wait(); err != errFirst {
			t.Errorf("the second Wait returned %v", err)
		}
	})
}

func TestWaitWithoutFunctions(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		if g, _ := newGroup(t.Context()); g.Wait() != nil {
			t.Error("Wait returned an error")
		}
	})
}

func TestContextEndsAtTheFirstError(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, ctx := newGroup(t.Context())
		began := time.Now()
		g.Go(func() error { time.Sleep(time.Second); return errFirst })
		g.Go(func() error {
			<-ctx.Done()
			if took := time.Since(began); took != time.Second || context.Cause(ctx) != errFirst {
				t.Errorf("the context ended after %v with %v", took, context.Cause(ctx))
			}
			return ctx.Err()
		})
		if err := g.Wait(); err != errFirst {
			t.Errorf("Wait returned %v", err)
		}
	})
}

func TestContextEndsWithWait(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, ctx := newGroup(t.Context())
		g.Go(func() error { return ctx.Err() })
		if err := g.Wait(); err != nil || ctx.Err() == nil {
			t.Errorf("Wait returned %v, the context has %v", err, ctx.Err())
		}
	})
}

func TestContextEndsWithItsParent(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		parent, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		g, ctx := newGroup(parent)
		g.Go(func() error { <-ctx.Done(); return ctx.Err() })
		if err := g.Wait(); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait returned %v", err)
		}
	})
}

// A function is called also when the context has ended before.
func TestFunctionsAreCalledAfterTheEndOfTheContext(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, ctx := newGroup(t.Context())
		g.Go(func() error { return errFirst })
		<-ctx.Done()
		called := false
		g.Go(func() error { called = true; return nil })
		if err := g.Wait(); err != errFirst || !called {
			t.Errorf("Wait returned %v, the function was called: %v", err, called)
		}
	})
}

func TestLimit(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, _ := newGroup(t.Context())
		g.SetLimit(3)
		var active, most atomic.Int32
		began := time.Now()
		for range 9 {
			g.Go(func() error { // waits for a free place
				most.Store(max(most.Load(), active.Add(1)))
				time.Sleep(time.Second)
				active.Add(-1)
				return nil
			})
		}
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("the last Go returned after %v", took)
		}
		if g.TryGo(func() error { return nil }) {
			t.Error("TryGo started a function above the limit")
		}
		if err := g.Wait(); err != nil || most.Load() != 3 {
			t.Errorf("Wait returned %v, at most %d functions were active", err, most.Load())
		}
	})
}

func TestNoLimitAndNone(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, _ := newGroup(t.Context())
		g.SetLimit(0)
		if g.TryGo(func() error { return nil }) {
			t.Error("TryGo started a function where none is allowed")
		}
		g.SetLimit(-1)
		for range 100 {
			if !g.TryGo(func() error { time.Sleep(time.Second); return nil }) {
				t.Fatal("TryGo started no function without a limit")
			}
		}
		if err := g.Wait(); err != nil {
			t.Errorf("Wait returned %v", err)
		}
	})
}

func TestLimitIsFixedWhileFunctionsAreActive(t *testing.T) {
	both(t, func(t *testing.T, newGroup func(context.Context) (group, context.Context)) {
		g, _ := newGroup(t.Context())
		g.SetLimit(1)
		release := make(chan struct{})
		g.Go(func() error { <-release; return nil })
		func() {
			defer func() {
				if recover() == nil {
					t.Error("SetLimit did not panic")
				}
			}()
			g.SetLimit(2)
		}()
		close(release)
		if err := g.Wait(); err != nil {
			t.Errorf("Wait returned %v", err)
		}
	})
}
