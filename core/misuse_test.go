package core_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestMisuse(t *testing.T) {
	var (
		e          = core.NewExecutor()
		none       *core.Executor
		noContext  context.Context
		ctx        = t.Context()
		item       = func(context.Context, int) error { return nil }
		toResult   = func(context.Context, int) (int, error) { return 0, nil }
		chunk      = func(context.Context, []int) error { return nil }
		toResults  = func(_ context.Context, in []int) ([]int, error) { return in, nil }
		src        = core.FromSeq(slices.Values(indexes(1)))
		typedNil   *funcHook
		onlyName   = nameOnly{}
		startedRun = func() *core.Run { _, r := e.Start(ctx, 1); return r }
	)
	calls := []struct {
		name, text string
		call       func()
	}{
		{"Map without function", "core: Map: the function is nil", func() { _, _ = core.Map[int, int](ctx, e, nil, nil) }},
		{"Map without executor", "core: Map: the executor is nil", func() { _, _ = core.Map(ctx, none, nil, toResult) }},
		{"Map without context", "context is nil", func() { _, _ = core.Map(noContext, e, nil, toResult) }},
		{"ForEach without function", "core: ForEach: the function is nil", func() { _ = core.ForEach[int](ctx, e, nil, nil) }},
		{"ForEach without executor", "core: ForEach: the executor is nil", func() { _ = core.ForEach(ctx, none, nil, item) }},
		{"ForEach without context", "context is nil", func() { _ = core.ForEach(noContext, e, nil, item) }},
		{"MapChunks without function", "core: MapChunks: the function is nil", func() { _, _ = core.MapChunks[int, int](ctx, e, nil, nil) }},
		{"MapChunks without executor", "core: MapChunks: the executor is nil", func() { _, _ = core.MapChunks(ctx, none, nil, toResults) }},
		{"MapChunks without context", "context is nil", func() { _, _ = core.MapChunks(noContext, e, nil, toResults) }},
		{"ForEachChunk without function", "core: ForEachChunk: the function is nil", func() { _ = core.ForEachChunk[int](ctx, e, nil, nil) }},
		{"ForEachChunk without executor", "core: ForEachChunk: the executor is nil", func() { _ = core.ForEachChunk(ctx, none, nil, chunk) }},
		{"ForEachChunk without context", "context is nil", func() { _ = core.ForEachChunk(noContext, e, nil, chunk) }},
		{"Stream without function", "core: Stream: the function is nil", func() { core.Stream[int, int](ctx, e, src, nil) }},
		{"Stream without source", "core: Stream: ", func() { core.Stream(ctx, e, nil, toResult) }},
		{"Stream without executor", "core: Stream: the executor is nil", func() { core.Stream(ctx, none, src, toResult) }},
		{"Stream without context", "context is nil", func() { core.Stream(noContext, e, src, toResult)(func(int, error) bool { return true }) }},
		{"StreamChunks without function", "core: StreamChunks: the function is nil", func() { core.StreamChunks[int, int](ctx, e, src, nil) }},
		{"StreamChunks without source", "core: StreamChunks: ", func() { core.StreamChunks(ctx, e, nil, toResults) }},
		{"StreamChunks without executor", "core: StreamChunks: the executor is nil", func() { core.StreamChunks(ctx, none, src, toResults) }},
		{"StreamChunks without context", "context is nil", func() {
			core.StreamChunks(noContext, e, src, toResults)(func(int, error) bool { return true })
		}},
		{"Start without context", "context is nil", func() { e.Start(noContext, 1) }},
		{"Start of -2 items", "core: Start(-2): ", func() { e.Start(ctx, -2) }},
		{"Chunk without function", "core: Run.Chunk: ", func() { r := startedRun(); defer r.End(nil); _ = r.Chunk(ctx, 1, nil) }},
		{"Chunk without context", "core: Run.Chunk: ", func() {
			r := startedRun()
			defer r.End(nil)
			_ = r.Chunk(noContext, 1, func(context.Context) error { return nil })
		}},
		{"Chunk of -1 items", "core: Run.Chunk(-1): ", func() {
			r := startedRun()
			defer r.End(nil)
			_ = r.Chunk(ctx, -1, func(context.Context) error { return nil })
		}},
		{"Shutdown without context", "core: Shutdown: the context is nil", func() { _ = core.NewExecutor().Shutdown(noContext) }},
		{"hook that observes nothing", `hook "only a name" (core_test.nameOnly) observes nothing`, func() { e.Register(onlyName) }},
		{"wrapped hook that observes nothing", `observes nothing`, func() { e.Register(core.Every(time.Second, onlyName)) }},
		{"wrapper around nothing", `observes nothing`, func() { e.Register(wrapper{onlyName}) }},
		{"hook that is a typed nil", "core: Register: the hook is a nil *core_test.funcHook", func() { e.Register(typedNil) }},
		{"typed nil in a MultiHook", "core: Register: the hook is a nil *core_test.funcHook", func() {
			e.Register(core.MultiHook(hooktest.NewRecorder(), core.MultiHook(typedNil)))
		}},
		{"Every without hook", "core: Every: ", func() { core.Every(time.Second, nil) }},
		{"Every 0s", "core: Every(0s): ", func() { core.Every(0, hooktest.NewRecorder()) }},
		{"Filter without hook", "core: Filter: ", func() { core.Filter(nil, func(core.RunStart) bool { return true }) }},
		{"Filter without predicate", "core: Filter: ", func() { core.Filter(hooktest.NewRecorder(), nil) }},
		{"OnRunStart without function", "core: OnRunStart: the function is nil", func() { core.OnRunStart(nil) }},
		{"OnRunEnd without function", "core: OnRunEnd: the function is nil", func() { core.OnRunEnd(nil) }},
		{"OnChunkEnd without function", "core: OnChunkEnd: the function is nil", func() { core.OnChunkEnd(nil) }},
		{"OnItemFailure without function", "core: OnItemFailure: the function is nil", func() { core.OnItemFailure(nil) }},
		{"OnProgress without function", "core: OnProgress: the function is nil", func() { core.OnProgress(nil) }},
		{"OnAnomaly without function", "core: OnAnomaly: the function is nil", func() { core.OnAnomaly(nil) }},
		{"OnFault without function", "core: OnFault: the function is nil", func() { core.OnFault(nil) }},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			if text := fmt.Sprint(panicOf(c.call)); !strings.Contains(text, c.text) {
				t.Errorf("panicked with %q, want %q", text, c.text)
			}
		})
	}
	// After these panics nothing runs and nothing is registered.
	if err := e.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	remove := core.NewExecutor().Register(nil, core.MultiHook(), core.MultiHook(nil, nil)) // registering no hook is no mistake
	remove()
	remove()
}

// nameOnly is a hook without a moment. wrapper wraps another hook.
type (
	nameOnly struct{}
	wrapper  struct{ hook core.Hook }
)
