package otelhook_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/otelhook"
)

func TestParentChain(t *testing.T) {
	th := newTestHook(otelhook.WithSpanAttributes(attribute.String("tier", "batch")))
	tracer := th.traces.Tracer("user")
	ctx, caller := tracer.Start(t.Context(), "caller")
	ctx = core.WithRun(ctx, core.RunInfo{ID: "r1", Attrs: map[string]string{"tenant": "acme"}})
	err := core.ForEachChunk(ctx, th.executor(core.WithWorkers(2), core.WithChunkSize(5)), make([]int, 10), func(ctx context.Context, _ []int) error {
		_, user := tracer.Start(ctx, "user")
		user.End()
		remote.Report(ctx, remote.Result{Worker: "host-7", Attempts: 3, Took: 1, Lost: 2, Poison: true})
		return nil
	})
	caller.End()
	if err != nil {
		t.Fatal(err)
	}

	run := th.one(t, "run import")
	if !run.childOf(caller.SpanContext()) {
		t.Error("the run's span is no child of the caller's")
	}
	run.wantAttrs(t, map[string]string{
		"chunkscope.executor": "import", "chunkscope.run.id": "r1", "chunkscope.run.items": "10", "chunkscope.run.workers": "2",
		"chunkscope.run.items_done": "10", "chunkscope.run.items_failed": "0", "chunkscope.run.chunks": "2", "chunkscope.run.chunks_failed": "0",
		"chunkscope.outcome": "ok", "chunkscope.chunk.spans_dropped": "", "error.type": "", "tenant": "acme", "tier": "batch",
	})
	chunks := th.named("chunk import")
	if len(chunks) != 2 {
		t.Fatalf("%d chunk spans, want 2", len(chunks))
	}
	offsets := map[string]string{"0": "0", "1": "5"} // by index
	for _, chunk := range chunks {
		if !chunk.childOf(run.SpanContext) {
			t.Error("a chunk's span is no child of the run's")
		}
		chunk.wantAttrs(t, map[string]string{
			"chunkscope.executor": "import", "chunkscope.run.id": "r1", "chunkscope.outcome": "ok", "error.type": "",
			"chunkscope.chunk.items": "5", "chunkscope.chunk.items_done": "", "chunkscope.chunk.items_failed": "",
			"chunkscope.chunk.attempts": "3", "chunkscope.worker.remote": "host-7", "chunkscope.remote.workers_lost": "2", "chunkscope.chunk.poison": "true", "tier": "batch", "tenant": "",
			"chunkscope.chunk.offset": offsets[chunk.attrs["chunkscope.chunk.index"].String()],
		})
		if w := chunk.attrs["chunkscope.worker.index"]; w.Type() != attribute.INT64 || w.AsInt64() > 1 {
			t.Errorf("worker %v, want 0 or 1", w.String())
		}
		if chunk.StartTime.Before(run.StartTime) || chunk.EndTime.After(run.EndTime) || chunk.EndTime.Before(chunk.StartTime) {
			t.Errorf("the chunk's time %v to %v is not within the run's %v to %v", chunk.StartTime, chunk.EndTime, run.StartTime, run.EndTime)
		}
	}
	for _, user := range th.named("user") {
		if !user.childOf(chunks[0].SpanContext) && !user.childOf(chunks[1].SpanContext) {
			t.Error("a user's span is no child of a chunk's")
		}
	}
	for _, s := range append(chunks, run) {
		scope := s.InstrumentationScope
		if scope.Name != otelhook.ScopeName || scope.Version != otelhook.Version() || scope.Version == "" || !strings.Contains(scope.SchemaURL, "1.43.0") {
			t.Errorf("%s: scope %+v", s.Name, scope)
		}
		if s.SpanKind != trace.SpanKindInternal || s.Status.Code != codes.Unset || len(s.Events) != 0 || len(s.Links) != 0 {
			t.Errorf("%s: kind %v, status %v, events %v, links %v", s.Name, s.SpanKind, s.Status, s.Events, s.Links)
		}
	}
}

func TestUnknownTotalAndNoWorkers(t *testing.T) {
	th := newTestHook()
	ctx, run := th.executor().Start(t.Context(), -1)
	_ = run.Chunk(ctx, 3, func(context.Context) error { return nil })
	run.End(nil)
	th.one(t, "run import").wantAttrs(t, map[string]string{"chunkscope.run.items": "", "chunkscope.run.workers": "", "chunkscope.run.items_done": "3"})
}

// TestUnrecordedRun checks that a run that is not recorded starts no spans for its
// chunks, and that user code gets the unrecorded span.
func TestUnrecordedRun(t *testing.T) {
	var calls atomic.Int64
	sampler := &countingSampler{Sampler: sdktrace.ParentBased(sdktrace.NeverSample()), calls: &calls}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
	th := newTestHook(otelhook.WithTracerProvider(traces))
	_ = core.ForEach(t.Context(), th.executor(), make([]int, 100), func(ctx context.Context, _ int) error {
		if trace.SpanContextFromContext(ctx).IsSampled() || !trace.SpanContextFromContext(ctx).IsValid() {
			t.Error("user code does not see the sampler's decision")
		}
		return errors.New("failed")
	})
	if n := calls.Load(); n != 1 {
		t.Errorf("%d spans were started, want the run's only", n)
	}
}

// countingSampler counts its calls.
type countingSampler struct {
	sdktrace.Sampler
	calls *atomic.Int64
}

func (c *countingSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	c.calls.Add(1)
	return c.Sampler.ShouldSample(p)
}

// TestTwoHooks checks that the spans of each hook have parents of the same hook,
// with the contexts of both nested in each other.
func TestTwoHooks(t *testing.T) {
	a, b := newTestHook(), newTestHook(otelhook.WithSpanNameFormatter(func(operation, executor string) string { return "b/" + operation + " " + executor }))
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
	exec.Register(a.Hook, b.Hook)
	_ = core.ForEach(t.Context(), exec, make([]int, 8), func(context.Context, int) error { return nil })
	for name, th := range map[string]*testHook{"": a, "b/": b} {
		run, chunks := th.one(t, name+"run import"), th.named(name+"chunk import")
		if len(th.spans()) != 9 || len(chunks) != 8 {
			t.Errorf("%d spans, %d of chunks; want 9 and 8", len(th.spans()), len(chunks))
		}
		seen := map[string]bool{}
		for _, c := range chunks {
			if !c.childOf(run.SpanContext) {
				t.Error("a chunk's span is no child of its own hook's run")
			}
			seen[c.attrs["chunkscope.chunk.index"].String()] = true
		}
		if len(seen) != 8 {
			t.Errorf("spans of the chunks %v, want each once", seen)
		}
	}
}

// TestTextsAreSafe checks that the texts of a job are exported as valid UTF-8 of
// bounded length, and never replace the hook's attributes.
func TestTextsAreSafe(t *testing.T) {
	th := newTestHook(otelhook.WithErrorMessages(), otelhook.WithSpanAttributes(attribute.String("chunkscope.executor", "forged")))
	bad := "a\xff" + strings.Repeat("ä", 1<<16)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: bad, Attrs: map[string]string{bad: bad, "chunkscope.outcome": "forged", "error.type": "forged"}})
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(th.Hook)
	_ = core.ForEachChunk(ctx, exec, []int{1}, func(ctx context.Context, _ []int) error {
		remote.Report(ctx, remote.Result{Worker: bad, Attempts: 1})
		return errors.New(bad)
	})
	if n := len(th.spans()); n != 2 {
		t.Fatalf("%d spans, want 2", n)
	}
	for _, s := range th.spans() {
		texts := []string{s.Name, s.Status.Description}
		for k, v := range s.attrs {
			texts = append(texts, k, v.String())
			if v.String() == "forged" {
				t.Errorf("%s is forged", k)
			}
		}
		for _, text := range texts {
			if !utf8.ValidString(text) || len(text) > 1<<10 {
				t.Errorf("%s: %d bytes, valid: %v", s.Name, len(text), utf8.ValidString(text))
			}
		}
	}
}
