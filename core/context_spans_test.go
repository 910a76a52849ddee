package core_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// spanHook works as a tracing hook: each start makes a child of the span in its
// context, and each end closes the span in the context that it gets.
type spanHook struct {
	*funcHook
	mu     sync.Mutex
	closed []string
}

// spanPath is the names of a span and of its parents, the outermost first.
type spanPath string

// currentSpan is the key of the innermost span, ownSpan that of a hook's own span.
type (
	currentSpan struct{}
	ownSpan     string
)

func newSpanHook(name string) *spanHook {
	s := &spanHook{}
	s.funcHook = &funcHook{name, func(ctx context.Context, m core.Moment, event any) context.Context {
		switch e := event.(type) {
		case core.RunStart:
			return s.open(ctx, "run")
		case core.ChunkStart:
			return s.open(ctx, fmt.Sprint("chunk", e.Chunk))
		case core.RunEnd:
			s.close(ctx, m)
		case core.ChunkEnd:
			s.close(ctx, m)
		}
		return ctx
	}}
	return s
}

func (s *spanHook) open(ctx context.Context, what string) context.Context {
	above, _ := ctx.Value(currentSpan{}).(spanPath)
	own := above + spanPath("/"+s.name+"-"+what)
	return context.WithValue(context.WithValue(ctx, currentSpan{}, own), ownSpan(s.name), own)
}

// close records the hook's own span, or that it is not the current one.
func (s *spanHook) close(ctx context.Context, m core.Moment) {
	own, _ := ctx.Value(ownSpan(s.name)).(spanPath)
	if current := ctx.Value(currentSpan{}); current != own {
		own = spanPath(fmt.Sprintf("%v got the context of %v, its own is %v", m, current, own))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, string(own))
}

func TestSpansNestAndEndsGetTheirOwn(t *testing.T) {
	for _, form := range runForms() {
		t.Run(form.name, func(t *testing.T) {
			outer, inner := newSpanHook("a"), newSpanHook("b")
			var between atomic.Value // what an end without a start finds between the two
			middle := &endOnlyHook{func(ctx context.Context) { between.Store(ctx.Value(currentSpan{})) }}
			w := workload{items: 2 * workloadChunk, workers: 1}
			var mu sync.Mutex
			var user []string
			w.process = func(ctx context.Context, lo, hi int) ([]int, error) {
				mu.Lock()
				defer mu.Unlock()
				user = append(user, fmt.Sprint(ctx.Value(currentSpan{})))
				return square(ctx, lo, hi)
			}
			e := w.executor()
			e.Register(outer, middle, inner)
			form.run(context.WithValue(t.Context(), currentSpan{}, spanPath("caller")), e, w)

			run := "caller/a-run/b-run"
			var wantOuter, wantInner, wantUser []string
			for k := range chunkCount(user) {
				chunk := fmt.Sprintf("-chunk%d", k)
				wantOuter = append(wantOuter, run+"/a"+chunk)
				wantInner = append(wantInner, run+"/a"+chunk+"/b"+chunk)
			}
			wantUser = wantInner
			wantOuter, wantInner = append(wantOuter, "caller/a-run"), append(wantInner, run)
			if !slices.Equal(outer.closed, wantOuter) || !slices.Equal(inner.closed, wantInner) {
				t.Errorf("closed spans\n%v, want\n%v;\n%v, want\n%v", outer.closed, wantOuter, inner.closed, wantInner)
			}
			if got := slices.Compact(user); !slices.Equal(got, wantUser) {
				t.Errorf("user code saw the spans %v, want %v", got, wantUser)
			}
			if got := fmt.Sprint(between.Load()); got != wantOuter[len(wantOuter)-2] {
				t.Errorf("an end without a start, between the two, saw %v", got)
			}
		})
	}
}

// chunkCount returns how many chunks the calls of one worker belong to. Each call is
// given as the span that it found.
func chunkCount(calls []string) int { return len(slices.Compact(slices.Clone(calls))) }

// endOnlyHook has an end and no start.
type endOnlyHook struct{ end func(context.Context) }

func (*endOnlyHook) HookName() string                                  { return "end only" }
func (h *endOnlyHook) OnChunkEnd(ctx context.Context, _ core.ChunkEnd) { h.end(ctx) }

// A start that panics leaves the context as it was, for its own end too.
func TestSpansAroundAFailingStart(t *testing.T) {
	outer, inner := newSpanHook("a"), newSpanHook("b")
	panics := &funcHook{"panics", func(ctx context.Context, m core.Moment, _ any) context.Context {
		switch m {
		case core.MomentRunStart, core.MomentChunkStart:
			panic("x")
		case core.MomentRunEnd:
			if got := ctx.Value(currentSpan{}); got != spanPath("/a-run") {
				t.Errorf("the run's end got the span %v", got)
			}
		case core.MomentChunkEnd:
			if got := ctx.Value(currentSpan{}); got != spanPath("/a-run/b-run/a-chunk0") {
				t.Errorf("the chunk's end got the span %v", got)
			}
		}
		return ctx
	}}
	e := core.NewExecutor(core.WithLogger((&logRecorder{}).logger()))
	e.Register(outer, panics, inner)
	err := core.ForEach(t.Context(), e, indexes(1), func(ctx context.Context, _ int) error {
		if got := ctx.Value(currentSpan{}); got != spanPath("/a-run/b-run/a-chunk0/b-chunk0") {
			t.Errorf("user code saw the span %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
