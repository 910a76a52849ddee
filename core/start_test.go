package core_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// startRun starts a run with a Recorder.
func startRun(t *testing.T, items int, hooks ...core.Hook) (context.Context, *core.Run, *hooktest.Recorder) {
	t.Helper()
	rec := hooktest.NewRecorder()
	e := core.NewExecutor(core.WithName("own"), core.WithLogger(slog.New(slog.DiscardHandler)))
	e.Register(rec)
	e.Register(hooks...)
	ctx, run := e.Start(t.Context(), items)
	return ctx, run, rec
}

// succeed is a chunk's function that does nothing.
func succeed(context.Context) error { return nil }

// heldChunk is a chunk that runs until finish is called.
type heldChunk struct {
	release, returned chan struct{}
	err               error
}

// holdChunk starts a chunk and returns when it runs.
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
	run.End(core.ErrStopped)

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
	if start.Items != 100 || start.Workers != 0 || end.ItemsDone != 48 || end.Chunks != 8 || end.Outcome != core.OutcomeCanceled || !errors.Is(end.Err, core.ErrStopped) {
		t.Errorf("start %+v\nend %+v", start, end)
	}
}

// TestStartContext passes a context of the caller to Chunk. The function gets its end,
// its deadline and its values, and the values that hooks add.
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

// TestStartContextEnds checks that the run's context ends with the run or its parent,
// and not when a chunk fails.
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

// TestStartSizes has totals and chunks of all sizes.
func TestStartSizes(t *testing.T) {
	ctx, run, rec := startRun(t, -1)
	for _, items := range []int{0, 3, 0, 1 << 30} {
		if err := run.Chunk(ctx, items, succeed); err != nil {
			t.Error(err)
		}
	}
	run.End(nil)
	end := onlyOne[core.RunEnd](t, rec)
	if end.Items != -1 || end.ItemsDone != 3+1<<30 || end.Chunks != 4 || end.Outcome != core.OutcomeOK {
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
