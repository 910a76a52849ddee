package core_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestContextCauseIsTheCallers(t *testing.T) {
	hook := &funcHook{"hook", func(ctx context.Context, _ core.Moment, _ any) context.Context {
		ctx, cancel := context.WithCancelCause(ctx)
		cancel(errBoom)
		return ctx
	}}
	for _, hooks := range [][]core.Hook{nil, {hook}} {
		for _, form := range runForms() {
			t.Run(fmt.Sprintf("%s/hooks=%d", form.name, len(hooks)), func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errBoom)
				defer cancel()
				ctx, stop := context.WithCancelCause(ctx)
				want, _ := ctx.Deadline()
				w := workload{items: 2, workers: 1}
				var mu sync.Mutex
				var cause error
				w.process = func(ctx context.Context, _, _ int) ([]int, error) {
					if deadline, ok := ctx.Deadline(); !ok || !deadline.Equal(want) {
						t.Errorf("the deadline is %v, want %v", deadline, want)
					}
					stop(errStop)
					<-ctx.Done()
					mu.Lock()
					defer mu.Unlock()
					cause = context.Cause(ctx)
					return nil, ctx.Err()
				}
				e := w.executor()
				e.Register(hooks...)
				form.run(ctx, e, w)
				if cause != errStop { // identical
					t.Errorf("the cause is %v, want the caller's", cause)
				}
			})
		}
	}
}

// Hooks that are called after the work get contexts that allow I/O, even if the run's
// context was cancelled before the run.
func TestLateContextsAreNotCancelled(t *testing.T) {
	late := []core.Moment{core.MomentRunEnd, core.MomentWorkerEnd, core.MomentProgress, core.MomentFault}
	for _, before := range []bool{false, true} {
		for _, form := range runForms() {
			t.Run(fmt.Sprintf("%s/before=%v", form.name, before), func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), contextKey("given"), "kept"))
				defer cancel()
				if before {
					cancel()
				}
				var mu sync.Mutex
				seen := map[core.Moment]bool{}
				checks := &funcHook{"checks", func(ctx context.Context, m core.Moment, _ any) context.Context {
					if slices.Contains(late, m) {
						mu.Lock()
						defer mu.Unlock()
						seen[m] = true
						if ctx.Err() != nil || ctx.Done() != nil {
							t.Errorf("the context of %v is cancelled or will be", m)
						}
						if info, ok := core.RunFrom(ctx); !ok || info.ID == "" || ctx.Value(contextKey("given")) != "kept" {
							t.Errorf("the context of %v has lost its values", m)
						}
					}
					return ctx
				}}
				panics := &funcHook{"panics", func(context.Context, core.Moment, any) context.Context { panic("x") }}
				w := workload{items: 2, workers: 1}
				w.process = func(ctx context.Context, _, _ int) ([]int, error) {
					cancel()
					return nil, ctx.Err()
				}
				e := w.executor(core.WithLogger((&logRecorder{}).logger()))
				e.Register(panics, checks)
				form.run(ctx, e, w)
				for _, m := range late {
					if !seen[m] && (m != core.MomentWorkerEnd || !form.ownLoop) {
						t.Errorf("%v did not come", m)
					}
				}
			})
		}
	}
}

func TestRunAndChunkFromContext(t *testing.T) {
	attrs := map[string]string{"tenant": "a"}
	for _, form := range runForms() {
		for _, id := range []string{"chosen", ""} {
			t.Run(fmt.Sprintf("%s/id=%q", form.name, id), func(t *testing.T) {
				given := core.WithRun(t.Context(), core.RunInfo{Executor: "ignored", ID: id, Attrs: attrs})
				if prepared, ok := core.RunFrom(given); !ok || !reflect.DeepEqual(prepared, core.RunInfo{ID: id, Attrs: attrs}) {
					t.Errorf("the prepared context has %+v", prepared)
				}
				var mu sync.Mutex
				seen := map[[3]int]bool{} // index, offset and items of chunks
				rec := hooktest.NewRecorder()
				w := workload{items: 10, workers: 2}
				w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
					run, _ := core.RunFrom(ctx)
					chunk, ok := core.ChunkFrom(ctx)
					if !ok || !reflect.DeepEqual(run, chunk.Run) || run.Executor != "job" || id != "" && run.ID != id || !reflect.DeepEqual(run.Attrs, attrs) {
						t.Errorf("user code sees run %+v and chunk %+v", run, chunk)
					}
					if !form.ownLoop && (lo < chunk.Offset || hi > chunk.Offset+chunk.Items) {
						t.Errorf("items %d to %d see the chunk %+v", lo, hi, chunk)
					}
					run.Attrs["tenant"] = "overwritten" // the caller owns the map
					mu.Lock()
					defer mu.Unlock()
					seen[[3]int{chunk.Index, chunk.Offset, chunk.Items}] = true
					return square(ctx, lo, hi)
				}
				e := w.executor()
				inHook := hookAt("in hook", core.MomentChunkEnd, func(ctx context.Context, event any) context.Context {
					e := event.(core.ChunkEnd) // no other type has this moment
					if c, ok := core.ChunkFrom(ctx); !ok || c.Index != e.Chunk || c.Offset != e.Offset || c.Items != e.Items || c.Worker != e.Worker {
						t.Errorf("the end of %+v sees %+v", e.ChunkStart, c)
					}
					return ctx
				})
				e.Register(rec, inHook)
				form.run(given, e, w)
				for _, c := range hooktest.Of[core.ChunkEnd](rec) {
					if !seen[[3]int{c.Chunk, c.Offset, c.Items}] {
						t.Errorf("user code did not see the chunk %+v", c.ChunkStart)
					}
				}
				start := onlyOne[core.RunStart](t, rec)
				if start.RunID == "" || id != "" && start.RunID != id || !reflect.DeepEqual(start.Attrs, attrs) {
					t.Errorf("the run started as %+v", start)
				}
			})
		}
	}
	if _, ok := core.RunFrom(t.Context()); ok {
		t.Error("a run where there is none")
	}
	if _, ok := core.ChunkFrom(core.WithRun(t.Context(), core.RunInfo{ID: "x"})); ok {
		t.Error("a chunk where there is none")
	}
}

// WithRun copies the attributes: later changes have no effect.
func TestWithRunClonesAttrs(t *testing.T) {
	attrs := map[string]string{"tenant": "a"}
	ctx := core.WithRun(t.Context(), core.RunInfo{Attrs: attrs})
	attrs["tenant"] = "b"
	info, _ := core.RunFrom(ctx)
	info.Attrs["tenant"] = "c"
	rec := hooktest.NewRecorder()
	e := core.NewExecutor()
	e.Register(rec)
	if err := core.ForEach(ctx, e, indexes(1), func(context.Context, int) error { return nil }); err != nil {
		t.Error(err)
	}
	if got := onlyOne[core.RunStart](t, rec).Attrs["tenant"]; got != "a" {
		t.Errorf("the run has the tenant %q", got)
	}
}

func TestNestedRunsHaveTheirOwnIdentity(t *testing.T) {
	rec := hooktest.NewRecorder()
	outer, inner := core.NewExecutor(core.WithName("outer")), core.NewExecutor(core.WithName("inner"))
	outer.Register(rec)
	inner.Register(rec)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: "id", Attrs: map[string]string{"tenant": "a"}})
	err := core.ForEach(ctx, outer, indexes(1), func(ctx context.Context, _ int) error {
		err := core.ForEach(ctx, inner, indexes(1), func(ctx context.Context, _ int) error {
			if run, _ := core.RunFrom(ctx); run.Executor != "inner" || run.ID == "id" || run.ID == "" || run.Attrs != nil {
				t.Errorf("inside the inner run: %+v", run)
			}
			return nil
		})
		if run, _ := core.RunFrom(ctx); run.Executor != "outer" || run.ID != "id" {
			t.Errorf("after the inner run: %+v", run)
		}
		again := core.WithRun(ctx, core.RunInfo{ID: "chosen"})
		return errors.Join(err, core.ForEach(again, inner, indexes(1), func(ctx context.Context, _ int) error {
			if run, _ := core.RunFrom(ctx); run.Executor != "inner" || run.ID != "chosen" {
				t.Errorf("inside the inner run with an id: %+v", run)
			}
			return nil
		}))
	})
	if err != nil {
		t.Error(err)
	}
	if starts := hooktest.Of[core.RunStart](rec); len(starts) != 3 || starts[0].RunID != "id" || starts[1].RunID == "id" || starts[2].RunID != "chosen" {
		t.Errorf("runs %+v", starts)
	}
}

func (nameOnly) HookName() string   { return "only a name" }
func (w wrapper) HookName() string  { return w.hook.HookName() }
func (w wrapper) Unwrap() core.Hook { return w.hook }
