package otelhook

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Flush has the providers send what they hold, if they can. It returns by the
// context's deadline, or after eight seconds if there is none, also where an
// exporter is stuck, and tells what was not sent.
func (h *Hook) Flush(ctx context.Context) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	return await(ctx, h.flushTasks()...)
}

// Shutdown is Flush, and the end of the gauges: their callback is taken from
// the meter. It does not shut providers down, as it did not make them; do that
// after it. Spans and other metrics go on as long as their providers do.
func (h *Hook) Shutdown(ctx context.Context) error {
	err := h.Flush(ctx)
	if h.metrics == nil || h.metrics.registration == nil {
		return err
	}
	// The meter's lock is all there is to wait for, so this is worth a try even
	// when the time is up.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	stop := func(context.Context) error { return h.metrics.registration.Unregister() }
	return errors.Join(err, await(ctx, task{"end of gauges", stop}))
}

const (
	// patience is how long to wait where nobody says how long: less than the
	// ten seconds that containers are given to stop.
	patience = 8 * time.Second
	grace    = 100 * time.Millisecond
)

func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done after %v: %w", patience, context.DeadlineExceeded))
}

// task is something to wait for, but not for ever.
type task struct {
	name string
	do   func(context.Context) error
}

// flusher is what providers of the SDK are.
type flusher interface{ ForceFlush(context.Context) error }

func (h *Hook) flushTasks() (tasks []task) {
	if p, ok := h.config.currentTracerProvider().(flusher); ok && h.tracing != nil {
		tasks = append(tasks, task{"flush of traces", p.ForceFlush})
	}
	if p, ok := h.config.currentMeterProvider().(flusher); ok && h.metrics != nil {
		tasks = append(tasks, task{"flush of metrics", p.ForceFlush})
	}
	return tasks
}

// await does all tasks at once and waits for them until ctx is done. What a
// task waits for is not ours, and need not heed the context: it is left behind
// then, to end when it can.
func await(ctx context.Context, tasks ...task) error {
	errs := make([]error, len(tasks))
	results := make([]chan error, len(tasks))
	for i, t := range tasks {
		results[i] = make(chan error, 1)
		go func() { results[i] <- attempt(ctx, t.do) }()
	}
	for i, t := range tasks {
		var err error
		select {
		case err = <-results[i]:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			errs[i] = fmt.Errorf("otelhook: %s: %w", t.name, err)
		}
	}
	return errors.Join(errs...)
}

// attempt makes an error of a panic in foreign code, which would end the program.
func attempt(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return do(ctx)
}
