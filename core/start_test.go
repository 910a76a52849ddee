package core_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// staBegin starts a run of an executor with a witness.
func startRun(t *testing.T, items int, hooks ...core.Hook) (context.Context, *core.Run, *hooktest.Recorder) {
	t.Helper()
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithName("own"), core.WithLogger(slog.New(slog.DiscardHandler)))
	e.Register(rec)
	e.Register(hooks...)
	ctx, run := e.Start(t.Context(), items)
	return ctx, run, rec
}

// staOK is a chunk's function that does nothing.
func succeed(context.Context) error { return nil }

// staHeld is a chunk that runs until it is released.
type heldChunk struct {
	release, returned chan struct{}
	err               error
}

// staHold starts a chunk and returns when it runs.
func holdChunk(ctx context.Context, run *core.Run, items int) *heldChunk {
	h := &heldChunk{release: make(chan struct{}), returned: make(chan struct{})}
	runs := make(chan struct{})
	go func() {
		defer close(h.returned)
		h.err = run.Chunk(ctx, items, func(context.Context) error {
			close(runs)
			<-h.release
			return nil
		})
	}()
	<-runs
	return h
}

func (h *heldChunk) finish() {
	close(h.release)
	<-h.returned
}

func TestStartWorkersAndOffsets(t *testing.T) {
	ctx, run, rec := startRun(t, 100)
	held := []*heldChunk{holdChunk(ctx, run, 10), holdChunk(ctx, run, 20), holdChunk(ctx, run, 0), holdChunk(ctx, run, 5)}
	held[2].finish()
	held[1].finish()
	held = append(held, holdChunk(ctx, run, 1), holdChunk(ctx, run, 2), holdChunk(ctx, run, 3)) // slots 1, 2, and a new one
	for _, i := range []int{0, 3, 4, 5, 6} {
		held[i].finish()
	}
	if err := run.Chunk(ctx, 7, succeed); err != nil {
		t.Error(err)
	}
	run.End(nil)

	type place struct{ chunk, offset, items, worker int }
	var got []place
	for _, c := range hooktest.Of[core.ChunkStart](rec) {
		got = append(got, place{c.Chunk, c.Offset, c.Items, c.Worker})
	}
	checkEqual(t, "chunks", got, []place{
		{0, 0, 10, 0},
		{1, 10, 20, 1},
		{2, 30, 0, 2},
		{3, 30, 5, 3},
		{4, 35, 1, 1},
		{5, 36, 2, 2},
		{6, 38, 3, 4},
		{7, 41, 7, 0},
	})
	checkPairs(t, rec, 0) // no worker events
	start, end := onlyOne[core.RunStart](t, rec), onlyOne[core.RunEnd](t, rec)
	if start.Items != 100 || start.Workers != 0 || end.ItemsDone != 48 || end.Chunks != 8 || end.Outcome != core.OutcomeOK || end.Err != nil {
		t.Errorf("start %+v\nend %+v", start, end)
	}
}

// TestStartContext gives Chunk a context of the caller's own and wants the
// function to get it: its end, its deadline and its values, and what hooks add.
func TestStartContext(t *testing.T) {
	type key struct{}
	type hookKey struct{}
	synctest.Test(t, func(t *testing.T) {
		adds := hookAt("adds", core.MomentChunkStart, func(context.Context, any) context.Context {
			ended, cancel := context.WithCancel(context.WithValue(context.Background(), hookKey{}, "from the hook"))
			cancel()
			return ended
		})
		_, run, _ := startRun(t, -1, adds)
		defer run.End(nil)
		own, cancel := context.WithTimeoutCause(context.WithValue(t.Context(), key{}, "from the caller"), time.Minute, errStop)
		defer cancel()
		err := run.Chunk(own, 3, func(ctx context.Context) error {
			want, _ := own.Deadline()
			if got, ok := ctx.Deadline(); !ok || !got.Equal(want) || ctx.Done() != own.Done() || ctx.Err() != nil {
				t.Errorf("the deadline is %v, want %v; the error %v", got, want, ctx.Err())
			}
			if ctx.Value(key{}) != "from the caller" || ctx.Value(hookKey{}) != "from the hook" {
				t.Errorf("the values are %v and %v", ctx.Value(key{}), ctx.Value(hookKey{}))
			}
			if c, ok := core.ChunkFrom(ctx); !ok || c.Items != 3 || c.Run.Executor != "own" {
				t.Errorf("the chunk is %+v, %v", c, ok)
			}
			<-ctx.Done()
			return context.Cause(ctx)
		})
		if err != errStop {
			t.Errorf("Chunk returned %v, want the function's own error", err)
		}
	})
}

// TestStartContextEnds wants the run's context to end with the run, or with
// its parent, and not because a chunk failed.
func TestStartContextEnds(t *testing.T) {
	for _, opts := range [][]core.Option{nil, {core.WithContinueOnError()}} {
		ctx, run := core.NewExecutor(opts...).Start(t.Context(), 2)
		_ = run.Chunk(ctx, 1, func(context.Context) error { return errBoom })
		if err := run.Chunk(ctx, 1, succeed); err != nil || ctx.Err() != nil {
			t.Errorf("after a chunk that failed: %v, and the context has %v", err, ctx.Err())
		}
		run.End(nil)
		if ctx.Err() == nil {
			t.Error("the context outlives the run")
		}
	}
	parent, cancel := context.WithCancelCause(t.Context())
	ctx, run := core.NewExecutor().Start(parent, 1)
	cancel(errStop)
	if ctx.Err() == nil || context.Cause(ctx) != errStop {
		t.Errorf("the parent ended, and the context has %v, %v", ctx.Err(), context.Cause(ctx))
	}
	called := false
	err := run.Chunk(ctx, 1, func(context.Context) error { called = true; return nil })
	if called || !errors.Is(err, context.Canceled) || !errors.Is(err, errStop) {
		t.Errorf("Chunk called the function: %v, and returned %v", called, err)
	}
	run.End(nil)
}

// TestStartBreaks has chunks that do not return.
func TestStartChunkFails(t *testing.T) {
	value := &streamResult{value: 1}
	tests := map[string]struct {
		fn    func(context.Context) error
		want  callFailure
		inner error // of the chunk's error, nil for a panic with value
	}{
		"error":  {func(context.Context) error { return errBoom }, callFailure{err: errBoom}, errBoom},
		"panic":  {func(context.Context) error { panic(value) }, callFailure{panicValue: value}, nil},
		"goexit": {func(context.Context) error { runtime.Goexit(); return nil }, callFailure{goexited: true}, core.ErrGoexit},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, run, rec := startRun(t, 5)
			if got := callChunk(ctx, run, 3, tt.fn); got != tt.want {
				t.Errorf("Chunk: %+v, want %+v", got, tt.want)
			}
			if err := run.Chunk(ctx, 2, succeed); err != nil {
				t.Errorf("the chunk after it: %v", err)
			}
			run.End(nil)
			checkPairs(t, rec, 0)
			end, chunk := onlyOne[core.RunEnd](t, rec), hooktest.Of[core.ChunkEnd](rec)[0]
			outcome := core.OutcomePanic
			if name == "error" {
				outcome = core.OutcomeError
			}
			if chunk.Outcome != outcome || chunk.ItemsDone != 3 || chunk.ItemsFailed != 3 {
				t.Errorf("the chunk's end: %+v", chunk)
			}
			if end.Outcome != outcome || end.ItemsDone != 5 || end.ItemsFailed != 3 || end.Chunks != 2 || end.ChunksFailed != 1 {
				t.Errorf("the run's end: %+v", end)
			}
			failure := onlyOne[core.ItemFailure](t, rec)
			failed, ok := errors.AsType[*core.ChunkError](failure.Err)
			if !ok || failed.Chunk != 0 || failed.Offset != 0 || failed.Items != 3 || failure.Items != 3 {
				t.Fatalf("the failure: %+v", failure)
			}
			panicked, _ := errors.AsType[*core.PanicError](failed)
			if tt.inner != nil && failed.Err != tt.inner || tt.inner == nil && (panicked == nil || panicked.Value != value || !strings.Contains(string(panicked.Stack), "TestStartChunkFails")) {
				t.Errorf("the error: %v", failed.Err)
			}
			if !errors.Is(end.Err, failed) {
				t.Errorf("the run's error lacks the chunk's: %v", end.Err)
			}
		})
	}
}

// staCall calls Chunk on a goroutine of its own and tells how that ended.
func callChunk(ctx context.Context, run *core.Run, items int, fn func(context.Context) error) (b callFailure) {
	onNewGoroutine(func() {
		returned := false
		defer func() {
			if !returned {
				b.panicValue = recover()
				b.goexited = b.panicValue == nil
			}
		}()
		b.err = run.Chunk(ctx, items, fn)
		returned = true
	})
	return b
}

// TestStartHookBreaks has a hook of the chunk break: the function still runs, and
// only the hook's Goexit ends the goroutine, which is the caller's.
func TestStartHookFails(t *testing.T) {
	for _, at := range []core.Moment{core.MomentChunkStart, core.MomentChunkEnd, core.MomentItemFailure} {
		for kind, broken := range map[core.FaultKind]func(){core.FaultPanic: func() { panic(errBoom) }, core.FaultGoexit: runtime.Goexit} {
			t.Run(fmt.Sprintf("%v/%s", at, kind), func(t *testing.T) {
				breaks := hookAt("breaks", at, func(context.Context, any) context.Context {
					broken()
					return nil
				})
				ctx, run, rec := startRun(t, 2, breaks)
				calls := 0
				got := callChunk(ctx, run, 2, func(context.Context) error {
					calls++
					return errStop
				})
				if want := (callFailure{goexited: true}); kind == core.FaultGoexit && got != want || kind == core.FaultPanic && got.err != errStop {
					t.Errorf("Chunk: %+v", got)
				}
				if calls != 1 {
					t.Errorf("the function was called %d times", calls)
				}
				run.End(nil)
				checkPairs(t, rec, 0)
				fault, end := onlyOne[core.Fault](t, rec), onlyOne[core.RunEnd](t, rec)
				if fault.Hook != "breaks" || fault.Moment != at || fault.Kind != kind || end.ItemsDone != 2 || end.ItemsFailed != 2 || end.Outcome != core.OutcomeError {
					t.Errorf("the fault is %+v\nthe run's end %+v", fault, end)
				}
			})
		}
	}
}

// TestStartEndWaits calls End several times while chunks run.
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
					t.Error("End returned before the run's end was told")
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
		run.End(errBoom) // too late to count
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
		t.Error("a chunk was told")
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

// TestStartSizes has totals and chunks of all sizes.
func TestStartSizes(t *testing.T) {
	ctx, run, rec := startRun(t, -1)
	for _, items := range []int{0, 3, 0, 1 << 40} {
		if err := run.Chunk(ctx, items, succeed); err != nil {
			t.Error(err)
		}
	}
	run.End(nil)
	end := onlyOne[core.RunEnd](t, rec)
	if end.Items != -1 || end.ItemsDone != 3+1<<40 || end.Chunks != 4 || end.Outcome != core.OutcomeOK {
		t.Errorf("the run's end: %+v", end)
	}
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		if _, known := c.Percent(); known || c.RunItems != -1 {
			t.Errorf("a share of an unknown total: %+v", c)
		}
	}

	e := core.NewExecutor()
	_, open := e.Start(t.Context(), 1)
	defer open.End(nil)
	for name, mistake := range map[string]func(){
		"Start(-2)":        func() { e.Start(t.Context(), -2) },
		"Chunk(-1)":        func() { _ = open.Chunk(t.Context(), -1, succeed) },
		"Chunk of nil":     func() { _ = open.Chunk(t.Context(), 1, nil) },
		"Chunk in nothing": func() { _ = open.Chunk(nil, 1, succeed) }, //nolint:staticcheck // the mistake
	} {
		if panicOf(mistake) == nil {
			t.Errorf("%s does not panic", name)
		}
	}
}

// TestStartEndOutcomes has the caller say how the run went.
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
		"ok":                           {items: 4, want: core.OutcomeOK},
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
			if tt.want == core.OutcomeCanceled && (!errors.Is(end.Err, context.Canceled) || !errors.Is(end.Err, errStop)) {
				t.Errorf("the error lacks the context's or its cause: %v", end.Err)
			}
		})
	}
}

// TestStartConcurrently calls Chunk from 50 goroutines.
func TestStartConcurrently(t *testing.T) {
	const callers, each = 50, 40
	ctx, run, rec := startRun(t, -1)
	var all sync.WaitGroup
	var mu sync.Mutex
	items := 0
	for c := range callers {
		all.Go(func() {
			for k := range each {
				n := (c + k) % 5
				if err := run.Chunk(ctx, n, func(ctx context.Context) error {
					mu.Lock()
					defer mu.Unlock()
					items += n
					if got, ok := core.ChunkFrom(ctx); !ok || got.Items != n {
						t.Errorf("the chunk of %d items is %+v", n, got)
					}
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	run.End(nil)
	checkPairs(t, rec, 0)
	end := onlyOne[core.RunEnd](t, rec)
	if end.ItemsDone != items || end.Chunks != callers*each || end.Outcome != core.OutcomeOK {
		t.Errorf("%d items: %+v", items, end)
	}
	chunks := hooktest.Of[core.ChunkEnd](rec)
	slices.SortFunc(chunks, func(a, b core.ChunkEnd) int { return a.Chunk - b.Chunk })
	next := 0
	for k, c := range chunks {
		if c.Chunk != k || c.Offset != next || c.Worker >= callers {
			t.Fatalf("chunk %d: %+v, want offset %d", k, c, next)
		}
		next += c.Items
	}
}
