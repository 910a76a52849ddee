package core_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// The argument of End is the loop's own report of the run.
func TestEndWithAnError(t *testing.T) {
	thrown := &core.PanicError{Value: "x"}
	ends := []struct {
		name      string
		given     error
		cancelled bool
		chunk     error // of the only chunk, of 2 of 3 items
		outcome   core.Outcome
		wraps     []error
		text      string
	}{
		{
			name: "nothing", outcome: core.OutcomeError, wraps: []error{core.ErrIncomplete},
			text: "job: the run ended before all its items were done: 2 of 3 items",
		},
		{name: "error", given: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom}, text: "job: failed: boom"},
		{name: "panic", given: fmt.Errorf("loop: %w", thrown), outcome: core.OutcomePanic, wraps: []error{thrown}, text: "job: failed: loop: panic: x"},
		{name: "Goexit", given: core.ErrGoexit, outcome: core.OutcomePanic, wraps: []error{core.ErrGoexit}, text: "job: failed: " + core.ErrGoexit.Error()},
		{
			name: "cancelled", cancelled: true, outcome: core.OutcomeCanceled, wraps: []error{context.Canceled, errStop},
			text: "job: canceled after 2 of 3 items: context canceled: stop asked for",
		},
		{
			name: "cancelled and says so", given: context.Canceled, cancelled: true, outcome: core.OutcomeCanceled, wraps: []error{context.Canceled, errStop},
			text: "job: canceled after 2 of 3 items: context canceled: context canceled: stop asked for",
		},
		{name: "a cancellation of its own", given: context.Canceled, outcome: core.OutcomeError, wraps: []error{context.Canceled}, text: "job: failed: context canceled"},
		{
			name: "nothing after a failed chunk", chunk: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom},
			text: "job: 2 of 3 items failed: chunk 0 (2 items from 0): boom",
		},
		{
			name: "error after a failed chunk", given: errStop, chunk: errBoom, outcome: core.OutcomeError, wraps: []error{errBoom, errStop},
			text: "job: 2 of 3 items failed: chunk 0 (2 items from 0): boom (and 1 more)",
		},
	}
	for _, end := range ends {
		t.Run(end.name, func(t *testing.T) {
			given, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			rec := hooktest.NewRecorder()
			e := core.NewExecutor(core.WithName("job"))
			e.Register(rec)
			ctx, r := e.Start(given, 3)
			if err := r.Chunk(ctx, 2, func(context.Context) error { return end.chunk }); err != end.chunk { // as it is
				t.Errorf("Chunk returned %v", err)
			}
			if end.cancelled {
				cancel(errStop)
			}
			r.End(end.given)
			got := onlyOne[core.RunEnd](t, rec)
			if got.Outcome != end.outcome || (got.Err == nil) != (end.outcome == core.OutcomeOK) {
				t.Fatalf("the run ended %v with %v, want %v", got.Outcome, got.Err, end.outcome)
			}
			for _, want := range end.wraps {
				if !errors.Is(got.Err, want) {
					t.Errorf("%v does not wrap %v", got.Err, want)
				}
			}
			if got.Err != nil && got.Err.Error() != end.text {
				t.Errorf("text %q\nwant %q", got.Err, end.text)
			}
		})
	}
}

// TestStartEndWaits calls End from several goroutines while chunks run.
func TestStartEndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, run, rec := startRun(t, 2)
		held := []*heldChunk{holdChunk(ctx, run, 1), holdChunk(ctx, run, 1)}
		var ends sync.WaitGroup
		var mu sync.Mutex
		ended := 0
		for i := range 5 {
			ends.Go(func() {
				run.End(indexError(i))
				mu.Lock()
				defer mu.Unlock()
				ended++
				if len(hooktest.Of[core.RunEnd](rec)) != 1 || ctx.Err() == nil {
					t.Error("End returned before the run's end was reported")
				}
			})
		}
		for _, h := range held {
			synctest.Wait()
			if ended != 0 || len(hooktest.Of[core.RunEnd](rec)) != 0 || ctx.Err() != nil {
				t.Error("End did not wait for a chunk")
			}
			if err := run.Chunk(context.Background(), 1, succeed); !errors.Is(err, core.ErrRunEnded) {
				t.Errorf("Chunk while End waits: %v", err)
			}
			h.finish()
		}
		ends.Wait()
		run.End(errBoom) // too late to have an effect
		end := onlyOne[core.RunEnd](t, rec)
		if ended != 5 || len(mustRunError(t, end.Err).Errors) != 1 || end.ItemsDone != 2 {
			t.Errorf("%d Ends returned; the run's end: %+v", ended, end)
		}
	})
}

func TestStartAfterEnd(t *testing.T) {
	ctx, run, rec := startRun(t, 1)
	run.End(nil)
	for name, ctx := range map[string]context.Context{"another context": t.Context(), "the run's context": ctx} {
		called := false
		err := run.Chunk(ctx, 1, func(context.Context) error { called = true; return nil })
		if !errors.Is(err, core.ErrRunEnded) || called {
			t.Errorf("with %s: Chunk called its function: %v, and returned %v, want ErrRunEnded", name, called, err)
		}
	}
	if len(hooktest.Of[core.ChunkStart](rec)) != 0 || onlyOne[core.RunEnd](t, rec).Chunks != 0 {
		t.Error("a chunk was reported")
	}
}

func TestStartAfterShutdown(t *testing.T) {
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	if err := e.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, run := e.Start(t.Context(), 1)
	if ctx.Err() == nil || !errors.Is(context.Cause(ctx), core.ErrShutdown) {
		t.Errorf("the context has %v, %v", ctx.Err(), context.Cause(ctx))
	}
	for _, ctx := range []context.Context{ctx, t.Context()} {
		called := false
		err := run.Chunk(ctx, 1, func(context.Context) error { called = true; return nil })
		if !errors.Is(err, core.ErrShutdown) || called {
			t.Errorf("Chunk called its function: %v, and returned %v", called, err)
		}
	}
	run.End(errBoom)
	run.End(nil)
	if events := rec.Events(); len(events) > 0 {
		t.Errorf("hooks got %v", events)
	}
}

// TestStartEndOutcomes checks the outcome for each argument of End.
func TestStartEndOutcomes(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("the loop: %w", err) }
	tests := map[string]struct {
		items  int
		chunk  error // of a chunk of two items, nil for none
		cancel bool  // the caller's context, before End
		given  error
		want   core.Outcome
	}{
		"nothing":                      {items: 2, want: core.OutcomeOK},
		"incomplete":                   {items: 4, want: core.OutcomeError},
		"stopped":                      {items: 4, given: wrapped(core.ErrStopped), want: core.OutcomeCanceled},
		"error":                        {items: 2, given: wrapped(errBoom), want: core.OutcomeError},
		"goexit":                       {items: 2, given: wrapped(core.ErrGoexit), want: core.OutcomePanic},
		"panic":                        {items: 2, given: wrapped(&core.PanicError{Value: 1}), want: core.OutcomePanic},
		"cancellation":                 {items: 2, cancel: true, given: wrapped(context.Canceled), want: core.OutcomeCanceled},
		"cause of cancellation":        {items: 2, cancel: true, given: wrapped(errStop), want: core.OutcomeCanceled},
		"cancellation by someone else": {items: 2, given: wrapped(context.Canceled), want: core.OutcomeError},
		"canceled before all was done": {items: 4, cancel: true, want: core.OutcomeCanceled},
		"canceled when all was done":   {items: 2, cancel: true, want: core.OutcomeOK},
		"error when canceled":          {items: 2, cancel: true, given: errBoom, want: core.OutcomeError},
		"failed chunk":                 {items: 2, chunk: errBoom, want: core.OutcomeError},
		"failed chunk, cancellation":   {items: 2, chunk: errBoom, cancel: true, given: context.Canceled, want: core.OutcomeError},
		"failed chunk, panic":          {items: 2, chunk: errBoom, given: &core.PanicError{Value: 1}, want: core.OutcomePanic},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			e := core.NewExecutor()
			e.Register(rec)
			parent, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			ctx, run := e.Start(parent, tt.items)
			_ = run.Chunk(ctx, 2, func(context.Context) error { return tt.chunk })
			if tt.cancel {
				cancel(errStop)
			}
			run.End(tt.given)
			end := onlyOne[core.RunEnd](t, rec)
			if end.Outcome != tt.want || (end.Err == nil) != (tt.want == core.OutcomeOK) {
				t.Fatalf("outcome %v, error %v; want %v", end.Outcome, end.Err, tt.want)
			}
			if end.Err == nil {
				return
			}
			if mustRunError(t, end.Err).Outcome != tt.want || tt.given != nil && !errors.Is(end.Err, tt.given) || tt.chunk != nil && !errors.Is(end.Err, tt.chunk) {
				t.Errorf("the error is %v", end.Err)
			}
			if tt.cancel && tt.want == core.OutcomeCanceled && (!errors.Is(end.Err, context.Canceled) || !errors.Is(end.Err, errStop)) {
				t.Errorf("the error lacks the context's or its cause: %v", end.Err)
			}
		})
	}
}
