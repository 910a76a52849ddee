package otelhook_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// manualRun calls a hook with the events of a run, so that durations are exact.
type manualRun struct {
	*testHook
	ctx   context.Context
	start core.RunStart
	end   core.RunEnd
	at    time.Time
}

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

func newManualRun(opts ...otelhook.Option) *manualRun {
	r := &manualRun{testHook: newTestHook(opts...), at: noon}
	r.start = core.RunStart{Executor: "import", RunID: "r1", Items: -1, Started: noon}
	r.ctx = r.OnRunStart(context.Background(), r.start)
	return r
}

// chunk adds a chunk, and returns the span context that user code gets.
func (r *manualRun) chunk(items int, took time.Duration, outcome core.Outcome) trace.SpanContext {
	e := core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: "import", RunID: "r1", Chunk: r.end.Chunks, Offset: r.end.ItemsDone, Items: items, Started: r.at},
		Ended:      r.at.Add(took), Duration: took, ItemsDone: items, Outcome: outcome, Attempts: 1,
	}
	if outcome == core.OutcomeError {
		e.ItemsFailed, e.Err = items, throttledError{}
	}
	ctx := r.OnChunkStart(r.ctx, e.ChunkStart)
	r.OnChunkEnd(ctx, e)
	r.at = e.Ended
	r.end.Chunks++
	r.end.ItemsDone += items
	return trace.SpanContextFromContext(ctx)
}

// withIndex returns the span of a chunk.
func (r *manualRun) withIndex(t *testing.T, index int64) span {
	t.Helper()
	for _, s := range r.named("chunk import") {
		if s.attrs["chunkscope.chunk.index"].AsInt64() == index {
			return s
		}
	}
	t.Fatalf("chunk %d has no span", index)
	return span{}
}

func (r *manualRun) close(outcome core.Outcome) {
	r.end.RunStart, r.end.Ended, r.end.Outcome = r.start, r.at, outcome
	r.end.Duration = r.at.Sub(noon)
	r.OnRunEnd(r.ctx, r.end)
}

// indexes returns the numbers of the chunks with a span, sorted.
func (r *manualRun) indexes() (all []int64) {
	for _, s := range r.named("chunk import") {
		all = append(all, s.attrs["chunkscope.chunk.index"].AsInt64())
	}
	slices.Sort(all)
	return all
}

func TestMaxChunkSpans(t *testing.T) {
	r := newManualRun(otelhook.WithMaxChunkSpans(20))
	for range 18 { // two are kept for others
		r.chunk(10, time.Millisecond, core.OutcomeOK)
	}
	r.chunk(10, time.Millisecond, core.OutcomeOK)   // 18 is left out
	r.chunk(10, 3*time.Millisecond, core.OutcomeOK) // 19 is slow
	late := r.chunk(10, time.Microsecond, core.OutcomeError)
	r.chunk(10, time.Microsecond, core.OutcomeError) // 21 is beyond the limit
	r.close(core.OutcomeError)

	want := "[0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 19 20]"
	if got := fmt.Sprint(r.indexes()); got != want {
		t.Errorf("chunks with spans %v, want %v", got, want)
	}
	run := r.one(t, "run import")
	if !run.StartTime.Equal(noon) || !run.EndTime.Equal(r.at) {
		t.Errorf("the run's span is from %v to %v, want %v to %v", run.StartTime, run.EndTime, noon, r.at)
	}
	run.wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": "2", "chunkscope.run.chunks": "22", "error.type": ""})
	if late.SpanID() != run.SpanContext.SpanID() {
		t.Error("user code of a chunk beyond the limit is no child of the run")
	}
	slow := r.withIndex(t, 19)
	if took := slow.EndTime.Sub(slow.StartTime); took != 3*time.Millisecond || !slow.StartTime.Equal(noon.Add(19*time.Millisecond)) || !slow.childOf(run.SpanContext) {
		t.Errorf("the slow chunk's span began %v and took %v, child of the run: %v", slow.StartTime, took, slow.childOf(run.SpanContext))
	}
	slow.wantAttrs(t, map[string]string{"chunkscope.chunk.offset": "190", "chunkscope.outcome": "ok", "chunkscope.run.id": "r1", "chunkscope.chunk.slow": "true"})
}

// TestFailureBeyondTheLimit checks that the run's span has the error of a chunk
// that got no span.
func TestFailureBeyondTheLimit(t *testing.T) {
	r := newManualRun(otelhook.WithMaxChunkSpans(0))
	r.chunk(1, time.Millisecond, core.OutcomeError)
	r.end.Err = throttledError{}
	r.close(core.OutcomeError)
	r.one(t, "run import").wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": "1", "error.type": "throttled"})
}

func TestSlowOrFailed(t *testing.T) {
	r := newManualRun(otelhook.WithChunkSpans(otelhook.SlowOrFailed))
	var user []trace.SpanContext
	for _, c := range []struct {
		items   int
		took    time.Duration
		outcome core.Outcome
	}{
		{1, 1000, core.OutcomeOK},        // 0
		{8, 8000, core.OutcomeOK},        // 1
		{64, 64000, core.OutcomeOK},      // 2
		{64, 64000, core.OutcomeOK},      // 3
		{1, 4000, core.OutcomeOK},        // 4
		{64, 200_000, core.OutcomeOK},    // 5: the slowest of 8, and slow
		{64, 64000, core.OutcomeError},   // 6: failed
		{64, 1000, core.OutcomeCanceled}, // 7: neither
	} {
		user = append(user, r.chunk(c.items, c.took, c.outcome))
	}
	r.close(core.OutcomeError)
	if got := fmt.Sprint(r.indexes()); got != "[5 6]" {
		t.Errorf("chunks with spans %v, want [5 6]", got)
	}
	run := r.one(t, "run import")
	run.wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": ""})
	for i, sc := range user {
		if sc.SpanID() != run.SpanContext.SpanID() {
			t.Errorf("user code of chunk %d is no child of the run", i)
		}
	}
}

func TestLinked(t *testing.T) {
	r := newManualRun(otelhook.WithChunkSpans(otelhook.Linked), otelhook.WithMaxChunkSpans(11))
	var user []trace.SpanContext
	for range 9 {
		user = append(user, r.chunk(1, time.Millisecond, core.OutcomeOK))
	}
	r.chunk(1, 10*time.Millisecond, core.OutcomeOK) // slow, after the others are used up
	r.close(core.OutcomeOK)
	run, chunks := r.one(t, "run import"), r.named("chunk import")
	if got := fmt.Sprint(r.indexes()); got != "[0 1 2 3 4 5 6 7 8 9]" {
		t.Fatalf("chunks with spans %s", got)
	}
	traces := map[trace.TraceID]bool{run.SpanContext.TraceID(): true}
	for _, c := range chunks {
		i := c.attrs["chunkscope.chunk.index"].AsInt64()
		traces[c.SpanContext.TraceID()] = true
		if c.Parent.IsValid() || len(c.Links) != 1 || !c.Links[0].SpanContext.Equal(run.SpanContext) {
			t.Errorf("chunk %d: parent %v, links %v", i, c.Parent, c.Links)
		}
		if i < 9 && !user[i].Equal(c.SpanContext) {
			t.Errorf("user code of chunk %d is not in its trace", i)
		}
	}
	if len(traces) != 11 {
		t.Errorf("%d traces, want 11", len(traces))
	}
}

// evenChunkSampler samples everything except chunks with an odd number.
type evenChunkSampler struct{ sdktrace.Sampler }

func (e evenChunkSampler) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	for _, kv := range p.Attributes {
		if kv.Key == "chunkscope.chunk.index" && kv.Value.AsInt64()%2 == 1 {
			return sdktrace.NeverSample().ShouldSample(p)
		}
	}
	return e.Sampler.ShouldSample(p)
}

// TestSampledChunks checks that the sampler sees a chunk's attributes. A chunk
// that it leaves out neither counts towards the limit nor as dropped.
func TestSampledChunks(t *testing.T) {
	exporter := tracetest.NewInMemoryExporter()
	traces := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter), sdktrace.WithSampler(evenChunkSampler{sdktrace.AlwaysSample()}))
	r := newManualRun(otelhook.WithTracerProvider(traces), otelhook.WithChunkSpans(otelhook.Linked), otelhook.WithMaxChunkSpans(8))
	r.exporter = exporter
	for i := range 10 {
		if got := r.chunk(1, time.Millisecond, core.OutcomeOK); got.IsSampled() == (i%2 == 1) {
			t.Errorf("user code of chunk %d is sampled: %v", i, got.IsSampled())
		}
	}
	r.close(core.OutcomeOK)
	if got := fmt.Sprint(r.indexes()); got != "[0 2 4 6 8]" {
		t.Errorf("chunks with spans %v", got)
	}
	r.one(t, "run import").wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": ""})
}

func TestOff(t *testing.T) {
	r := newManualRun(otelhook.WithChunkSpans(otelhook.Off))
	r.chunk(1, time.Millisecond, core.OutcomeError)
	r.close(core.OutcomeError)
	if n := len(r.spans()); n != 1 {
		t.Errorf("%d spans, want the run's only", n)
	}
	r.one(t, "run import").wantAttrs(t, map[string]string{"chunkscope.chunk.spans_dropped": ""})
}
