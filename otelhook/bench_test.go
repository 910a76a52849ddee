package otelhook_test

import (
	"context"
	"math"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/otelhook"
)

// BenchmarkChunk compares the hook's work for a chunk with the bare calls of
// OpenTelemetry's metrics that it makes, with their options prepared.
func BenchmarkChunk(b *testing.B) {
	const chunks = 100_000
	h := otelhook.New(otelhook.WithMeterProvider(sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))))
	run := h.OnRunStart(context.Background(), core.RunStart{Executor: "import", Items: chunks})
	paired.Compare(b, paired.Options{},
		paired.Variant{Name: "bare", Run: bareChunks(run, b, chunks)},
		paired.Variant{Name: "hook", Run: hookChunks(run, h, chunks), Bar: 1.2})
}

// BenchmarkChunkSpan compares a chunk's span with an empty one of the SDK's.
func BenchmarkChunkSpan(b *testing.B) {
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	b.Cleanup(func() { _ = traces.Shutdown(context.Background()) })
	start := core.ChunkStart{Executor: "import", RunID: "r1", Items: 20, Started: time.Now()}
	end := core.ChunkEnd{ChunkStart: start, Ended: time.Now(), Duration: time.Millisecond, ItemsDone: 20, Attempts: 1}
	b.Run("empty", func(b *testing.B) {
		b.ReportAllocs()
		tracer := traces.Tracer("bare")
		run, _ := tracer.Start(context.Background(), "run")
		for b.Loop() {
			_, span := tracer.Start(run, "chunk")
			span.End()
		}
	})
	b.Run("chunk", func(b *testing.B) {
		b.ReportAllocs()
		h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithoutMetrics(), otelhook.WithMaxChunkSpans(math.MaxInt))
		run := h.OnRunStart(context.Background(), core.RunStart{Executor: "import", RunID: "r1", Items: -1})
		for b.Loop() {
			h.OnChunkEnd(h.OnChunkStart(run, start), end)
		}
	})
}

func hookChunks(run context.Context, h *otelhook.Hook, chunks int) func() {
	start := core.ChunkStart{Executor: "import", Items: 20, Started: time.Now()}
	return func() {
		for i := range chunks {
			ctx := h.OnChunkStart(run, start)
			h.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: start, Duration: time.Duration(i), ItemsDone: 20, Outcome: core.OutcomeOK})
		}
	}
}

func bareChunks(ctx context.Context, b *testing.B, chunks int) func() {
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())).Meter("bare")
	duration, err1 := meter.Float64Histogram("duration", metric.WithExplicitBucketBoundaries(ladder.Chunk()...))
	size, err2 := meter.Int64Histogram("size", metric.WithExplicitBucketBoundaries(ladder.ChunkSize()...))
	items, err3 := meter.Int64Counter("items")
	if err1 != nil || err2 != nil || err3 != nil {
		b.Fatal(err1, err2, err3)
	}
	executor, outcome := attribute.String("chunkscope.executor", "import"), attribute.String("chunkscope.outcome", "ok")
	ended := metric.WithAttributeSet(attribute.NewSet(executor, outcome))
	all := metric.WithAttributeSet(attribute.NewSet(executor))
	record, add, recordAll := []metric.RecordOption{ended}, []metric.AddOption{ended}, []metric.RecordOption{all}
	return func() {
		for i := range chunks {
			duration.Record(ctx, time.Duration(i).Seconds(), record...)
			size.Record(ctx, 20, recordAll...)
			items.Add(ctx, 20, add...)
		}
	}
}
