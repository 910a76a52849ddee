package otelhook_test

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

func TestParentChain(t *testing.T) {
	p := newProbe(otelhook.WithSpanAttributes(attribute.String("tier", "batch")))
	tracer := p.traces.Tracer("user")
	ctx, caller := tracer.Start(t.Context(), "caller")
	ctx = core.WithRun(ctx, core.RunInfo{ID: "r1", Attrs: map[string]string{"tenant": "acme"}})
	err := core.ForEachChunk(ctx, p.executor(core.WithWorkers(2), core.WithChunkSize(5)), make([]int, 10), func(ctx context.Context, _ []int) error {
		_, user := tracer.Start(ctx, "user")
		user.End()
		core.ReportChunk(ctx, "host-7", 3)
		return nil
	})
	caller.End()
	if err != nil {
		t.Fatal(err)
	}

	run := p.one(t, "run import")
	if !run.childOf(caller.SpanContext()) {
		t.Error("the run's span is no child of the caller's")
	}
	run.wantAttrs(t, map[string]string{
		"chunkscope.executor": "import", "chunkscope.run.id": "r1", "chunkscope.run.items": "10", "chunkscope.run.workers": "2",
		"chunkscope.run.items_done": "10", "chunkscope.run.items_failed": "0", "chunkscope.run.chunks": "2", "chunkscope.run.chunks_failed": "0",
		"chunkscope.outcome": "ok", "chunkscope.chunk.spans_dropped": "", "error.type": "", "tenant": "acme", "tier": "batch",
	})
	chunks := p.named("chunk import")
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
			"chunkscope.chunk.attempts": "3", "chunkscope.worker.remote": "host-7", "tier": "batch", "tenant": "",
			"chunkscope.chunk.offset": offsets[chunk.attrs["chunkscope.chunk.index"].String()],
		})
		if w := chunk.attrs["chunkscope.worker.index"]; w.Type() != attribute.INT64 || w.AsInt64() > 1 {
			t.Errorf("worker %v, want 0 or 1", w.String())
		}
		if chunk.StartTime.Before(run.StartTime) || chunk.EndTime.After(run.EndTime) || chunk.EndTime.Before(chunk.StartTime) {
			t.Errorf("the chunk's time %v to %v is not within the run's %v to %v", chunk.StartTime, chunk.EndTime, run.StartTime, run.EndTime)
		}
	}
	for _, user := range p.named("user") {
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
	p := newProbe()
	ctx, run := p.executor().Start(t.Context(), -1)
	_ = run.Chunk(ctx, 3, func(context.Context) error { return nil })
	run.End(nil)
	p.one(t, "run import").wantAttrs(t, map[string]string{"chunkscope.run.items": "", "chunkscope.run.workers": "", "chunkscope.run.items_done": "3"})
}

type throttled struct{}

func (throttled) Error() string     { return "secret 429" }
func (throttled) ErrorType() string { return "throttled" }

// TestFailures demands that an error is told once, where it happened.
func TestFailures(t *testing.T) {
	for _, tt := range []struct {
		name, outcome, errorType, message string
		fail                              func() error
	}{
		{"error", "error", "fs.PathError", "item 1: open secret: file does not exist", func() error {
			return &fs.PathError{Op: "open", Path: "secret", Err: fs.ErrNotExist}
		}},
		{"own type", "error", "throttled", "item 1: secret 429", func() error { return throttled{} }},
		{"panic", "panic", "panic", "item 1: panic: secret", func() error { panic("secret") }},
		{"goexit", "panic", "goexit", "item 1: core: the function called runtime.Goexit", func() error { runtime.Goexit(); return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, messages := range []bool{false, true} {
				var opts []otelhook.Option
				description := ""
				if messages {
					opts, description = append(opts, otelhook.WithErrorMessages()), tt.message
				}
				p := newProbe(opts...)
				items := []int{0, 1, 2}
				_ = core.ForEach(t.Context(), p.executor(core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError()), items,
					func(_ context.Context, i int) error {
						if i == 1 {
							return tt.fail()
						}
						return nil
					})
				run := p.one(t, "run import")
				run.wantAttrs(t, map[string]string{"chunkscope.outcome": tt.outcome, "error.type": "", "chunkscope.run.items_failed": "1", "chunkscope.run.chunks_failed": "1"})
				if run.Status.Code != codes.Error || run.Status.Description != "" {
					t.Errorf("status of the run %+v", run.Status)
				}
				for _, chunk := range p.named("chunk import") {
					if chunk.attrs["chunkscope.chunk.index"].AsInt64() == 1 {
						chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": tt.outcome, "error.type": tt.errorType, "chunkscope.chunk.items_failed": "1"})
						if chunk.Status.Code != codes.Error || chunk.Status.Description != description {
							t.Errorf("status of the failed chunk %+v, want %q", chunk.Status, description)
						}
					} else {
						chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": "ok", "error.type": ""})
						if chunk.Status.Code != codes.Unset {
							t.Errorf("status of a healthy chunk %+v", chunk.Status)
						}
					}
					if len(chunk.Events) > 0 {
						t.Errorf("events %v", chunk.Events)
					}
				}
			}
		})
	}
}

// TestFailureWithoutChunkSpan demands that the run's span tells what no
// chunk's does.
func TestFailureWithoutChunkSpan(t *testing.T) {
	off := newProbe(otelhook.WithChunkSpans(otelhook.Off), otelhook.WithErrorMessages())
	_ = core.ForEach(t.Context(), off.executor(), []int{1}, func(context.Context, int) error { return throttled{} })
	outside := newProbe(otelhook.WithErrorMessages())
	_, run := outside.executor().Start(t.Context(), 0)
	run.End(throttled{})
	for _, p := range []*probe{off, outside} {
		s := p.one(t, "run import")
		s.wantAttrs(t, map[string]string{"error.type": "throttled", "chunkscope.outcome": "error"})
		if s.Status.Code != codes.Error || !strings.Contains(s.Status.Description, "secret 429") {
			t.Errorf("status %+v", s.Status)
		}
	}
}

// TestCancelledRun demands that its spans end and are exported, and that only
// a missed deadline is a failure.
func TestCancelledRun(t *testing.T) {
	for _, tt := range []struct {
		name, errorType string
		code            codes.Code
		cancel          bool // or wait for the deadline
	}{
		{"cancelled", "", codes.Unset, true},
		{"deadline", "timeout", codes.Error, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProbe()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				exec := p.executor(core.WithWorkers(1), core.WithChunkSize(1))
				err := core.ForEachChunk(ctx, exec, []int{0, 1}, func(ctx context.Context, _ []int) error {
					if tt.cancel {
						cancel()
					}
					<-ctx.Done()
					return ctx.Err()
				})
				if err == nil {
					t.Fatal("the run was not cancelled")
				}
				run, chunk := p.one(t, "run import"), p.one(t, "chunk import")
				run.wantAttrs(t, map[string]string{"chunkscope.outcome": "canceled", "error.type": tt.errorType})
				chunk.wantAttrs(t, map[string]string{"chunkscope.outcome": "canceled", "error.type": ""})
				if run.Status.Code != tt.code || chunk.Status.Code != codes.Unset {
					t.Errorf("status of the run %+v, of the chunk %+v", run.Status, chunk.Status)
				}
				word := cmp.Or(tt.errorType, "canceled")
				want := "chunkscope.executor=import,chunkscope.outcome=canceled,error.type=" + word
				for _, name := range []string{"chunkscope.run.duration", "chunkscope.chunk.duration"} {
					if got := values(p.collect(t)[name]); len(got) != 1 || got[want] != 1 {
						t.Errorf("%s %v, want one of %s", name, got, want)
					}
				}
			})
		})
	}
}

// TestUnrecordedRun demands that nothing is started in a run that is not
// recorded, and that user code learns of that.
func TestUnrecordedRun(t *testing.T) {
	var asked atomic.Int64
	sampler := &counting{Sampler: sdktrace.ParentBased(sdktrace.NeverSample()), asked: &asked}
	traces := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
	p := newProbe(otelhook.WithTracerProvider(traces))
	_ = core.ForEach(t.Context(), p.executor(), make([]int, 100), func(ctx context.Context, _ int) error {
		if trace.SpanContextFromContext(ctx).IsSampled() || !trace.SpanContextFromContext(ctx).IsValid() {
			t.Error("user code does not see the decision")
		}
		return errors.New("failed")
	})
	if n := asked.Load(); n != 1 {
		t.Errorf("%d spans were started, want the run's only", n)
	}
}

// counting counts the spans it is asked about.
type counting struct {
	sdktrace.Sampler
	asked *atomic.Int64
}

func (c *counting) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	c.asked.Add(1)
	return c.Sampler.ShouldSample(p)
}

// TestTwoHooks demands that the spans of each hook hang together, in whichever
// order the contexts of the two are nested.
func TestTwoHooks(t *testing.T) {
	a, b := newProbe(), newProbe(otelhook.WithSpanNameFormatter(func(operation, executor string) string { return "b/" + operation + " " + executor }))
	exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
	exec.Register(a.Hook, b.Hook)
	_ = core.ForEach(t.Context(), exec, make([]int, 8), func(context.Context, int) error { return nil })
	for name, p := range map[string]*probe{"": a, "b/": b} {
		run, chunks := p.one(t, name+"run import"), p.named(name+"chunk import")
		if len(p.spans()) != 9 || len(chunks) != 8 {
			t.Errorf("%d spans, %d of chunks; want 9 and 8", len(p.spans()), len(chunks))
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

// TestTextsAreSafe demands that what jobs put into texts neither breaks the
// wire, nor passes for our attributes, nor grows without bound.
func TestTextsAreSafe(t *testing.T) {
	p := newProbe(otelhook.WithErrorMessages(), otelhook.WithSpanAttributes(attribute.String("chunkscope.executor", "forged")))
	bad := "a\xff" + strings.Repeat("ä", 1<<16)
	ctx := core.WithRun(t.Context(), core.RunInfo{ID: bad, Attrs: map[string]string{bad: bad, "chunkscope.outcome": "forged", "error.type": "forged"}})
	exec := core.NewExecutor(core.WithName("import"))
	exec.Register(p.Hook)
	_ = core.ForEachChunk(ctx, exec, []int{1}, func(ctx context.Context, _ []int) error {
		core.ReportChunk(ctx, bad, 1)
		return errors.New(bad)
	})
	if n := len(p.spans()); n != 2 {
		t.Fatalf("%d spans, want 2", n)
	}
	for _, s := range p.spans() {
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
