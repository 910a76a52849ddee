// Package closing ends things side by side and within a bound of time. Hooks
// use it for Shutdown and Flush, and core for core.ShutdownAll.
package closing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/internal/guard"
)

const (
	// Limit is how long an ending may take whose context has no deadline. It is
	// below the 10 s after which docker kills a container, and the 30 s of
	// Kubernetes.
	Limit = 8 * time.Second
	// Grace is how long a task may report its losses after its time is up.
	Grace = 100 * time.Millisecond
)

// Context returns ctx with a deadline: its own, or else Limit from now.
func Context(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, Limit, fmt.Errorf("not done after %v: %w", Limit, context.DeadlineExceeded))
}

// Done returns a context that has ended.
func Done() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// Task is one thing to end. Do should return soon after its context ends.
type Task struct {
	// Name begins the task's error, unless that begins with it already.
	Name string
	Do   func(context.Context) error
}

// All does all tasks at once and returns their errors, joined in the order of
// the tasks. It waits until ctx ends, or for Limit if ctx has no deadline, and
// for Grace beyond that. It leaves behind a task that has not returned by then,
// and survives one that panics or calls runtime.Goexit.
func All(ctx context.Context, tasks ...Task) error {
	ctx, cancel := Context(ctx)
	defer cancel()
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(Grace, func() { close(late) }) })
	defer stop()
	errs := make([]error, len(tasks))
	var waiting sync.WaitGroup
	for i, t := range tasks {
		waiting.Go(func() { errs[i] = t.named(t.await(ctx, late)) })
	}
	waiting.Wait()
	return errors.Join(errs...)
}

func (t Task) await(ctx context.Context, late <-chan struct{}) error {
	done := make(chan error, 1)
	go func() { done <- guard.Call(func() error { return t.Do(ctx) }) }()
	select {
	case err := <-done:
		return err
	case <-late:
		return fmt.Errorf("not done in time: %w", context.Cause(ctx))
	}
}

func (t Task) named(err error) error {
	if err == nil {
		return nil
	}
	text := guard.ErrorText(err)
	if strings.HasPrefix(text, t.Name) {
		return err
	}
	return &taskError{text: t.Name + ": " + text, err: err}
}

// taskError is the error of a named task. It has the text already: fmt.Errorf
// would call an Error method without protection from runtime.Goexit.
type taskError struct {
	text string
	err  error
}

func (e *taskError) Error() string { return e.text }
func (e *taskError) Unwrap() error { return e.err }
