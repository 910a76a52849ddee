package exporters

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	// patience is how long Shutdown takes where nobody says how long: less than
	// the ten seconds that containers are given to stop.
	patience = 8 * time.Second
	// grace is how long a hook has to say what it lost when its time is up.
	grace = 100 * time.Millisecond
)

// limited gives a context a deadline if it has none.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// task is something to do at the end, under the name of a hook.
type task struct {
	name string
	do   func(context.Context) error
}

// together does all tasks at once, and returns what they say a moment after ctx
// is done at the latest. A task that is not back then is left to itself: it may
// be anybody's.
func together(ctx context.Context, tasks []task) error {
	late := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(late) }) })
	defer stop()
	errs := make([]error, len(tasks))
	var waiting sync.WaitGroup
	for i, t := range tasks {
		waiting.Go(func() { errs[i] = t.explain(t.await(ctx, late)) })
	}
	waiting.Wait()
	return errors.Join(errs...)
}

func (t task) await(ctx context.Context, late <-chan struct{}) error {
	done := make(chan error, 1)
	go func() { done <- attempt(func() error { return t.do(ctx) }) }()
	select {
	case err := <-done:
		return err
	case <-late:
		return fmt.Errorf("it is not done: %w", context.Cause(ctx))
	}
}

// explain puts the hook's name before an error that does not begin with it.
func (t task) explain(err error) error {
	if err == nil || strings.HasPrefix(err.Error(), t.name) {
		return err
	}
	return fmt.Errorf("%s: %w", t.name, err)
}

// attempt makes an error of a panic in foreign code, which would end the program.
func attempt(do func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return do()
}
