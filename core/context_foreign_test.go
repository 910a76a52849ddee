package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// contextHook returns what the test says from a chunk's start.
type contextHook struct {
	f func(context.Context) context.Context
}

func (*contextHook) HookName() string { return "contextHook" }
func (h *contextHook) OnChunkStart(ctx context.Context, _ core.ChunkStart) context.Context {
	return h.f(ctx)
}

// panickingContext is a context whose values panic.
type panickingContext struct{ context.Context }

func (panickingContext) Value(any) any { panic("values of a hook's context") }

// A hook that returns strange contexts changes nothing for user code: its run, its
// chunk and the values of its own context are as without the hook.
func TestStrangeContextsOfHooks(t *testing.T) {
	type key struct{}
	other := core.NewExecutor(core.WithName("other"))
	otherRun, run := other.Start(core.WithRun(t.Context(), core.RunInfo{ID: "other"}), -1)
	defer run.End(nil)
	var otherChunk, firstChunk context.Context
	_ = run.Chunk(otherRun, 1, func(ctx context.Context) error { otherChunk = ctx; return nil })
	for name, f := range map[string]func(context.Context) context.Context{
		"of another run":         func(context.Context) context.Context { return otherRun },
		"of another chunk":       func(context.Context) context.Context { return otherChunk },
		"of another run's value": func(context.Context) context.Context { return context.WithValue(otherRun, key{}, "theirs") },
		"whose values panic":     func(ctx context.Context) context.Context { return panickingContext{ctx} },
		"of another worker": func(ctx context.Context) context.Context {
			if firstChunk == nil {
				firstChunk = ctx
			}
			return context.WithValue(firstChunk, "x", 1) //nolint:staticcheck // any key
		},
	} {
		t.Run(name, func(t *testing.T) {
			firstChunk = nil
			e := core.NewExecutor(core.WithName("job"), core.WithWorkers(1), core.WithChunkSize(2))
			e.Register(&contextHook{f})
			ctx := core.WithRun(context.WithValue(t.Context(), key{}, "mine"), core.RunInfo{ID: "mine"})
			chunks := 0
			err := core.ForEachChunk(ctx, e, indexes(6), func(ctx context.Context, in []int) error {
				info, _ := core.RunFrom(ctx)
				chunk, _ := core.ChunkFrom(ctx)
				if info.ID != "mine" || chunk.Run.ID != "mine" || chunk.Offset != in[0] {
					t.Errorf("in run %q, chunk %+v, with items from %d", info.ID, chunk, in[0])
				}
				if v := ctx.Value(key{}); v != "mine" && name != "of another run's value" {
					t.Errorf("the caller's value is %v", v)
				}
				chunks++
				return nil
			})
			if err != nil || chunks != 3 {
				t.Errorf("%d chunks, %v", chunks, err)
			}
		})
	}
}

// The contexts of a run end with a cause that says that the run has ended.
func TestContextsEndWithTheRun(t *testing.T) {
	var kept context.Context
	_ = core.ForEach(t.Context(), core.NewExecutor(), indexes(1), func(ctx context.Context, _ int) error { kept = ctx; return nil })
	if !errors.Is(context.Cause(kept), core.ErrRunEnded) {
		t.Errorf("the cause is %v", context.Cause(kept))
	}
}

// emptyHook has no fields, so that two of them may have one address.
type emptyHook struct{}

var emptyHookCalls int

func (*emptyHook) HookName() string                      { return "empty" }
func (*emptyHook) OnRunEnd(context.Context, core.RunEnd) { emptyHookCalls++ }

func TestHooksOfSizeZeroAreCalledEach(t *testing.T) {
	emptyHookCalls = 0
	e := core.NewExecutor()
	unregister := e.Register(&emptyHook{})
	e.Register(&emptyHook{})
	run := func() {
		_ = core.ForEach(t.Context(), e, indexes(1), func(context.Context, int) error { return nil })
	}
	run()
	if emptyHookCalls != 2 {
		t.Errorf("two hooks were called %d times", emptyHookCalls)
	}
	unregister()
	run()
	if emptyHookCalls != 3 {
		t.Errorf("the second hook was called %d times", emptyHookCalls-1)
	}
}
