//go:build !race

// The race detector allocates memory itself, so that its numbers say nothing
// about the real build.

package exporters_test

import (
	"context"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/otelhook"
)

// TestSpanAccountingAllocatesNothing compares a chunk's span with that of an
// otelhook on the SDK's own batching processor.
func TestSpanAccountingAllocatesNothing(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "broken")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	exportSpans = func() error { return nil }
	s := newSuite(t, exporters.WithOTel())
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(brokenExporter{}))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	stock := otelhook.New(otelhook.WithTracerProvider(provider), otelhook.WithoutMetrics())
	const chunks = 500
	perChunk := func(hook core.Hook) float64 {
		exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(1))
		exec.Register(hook)
		items := make([]int, chunks)
		return testing.AllocsPerRun(50, func() {
			_ = core.ForEach(context.Background(), exec, items, func(context.Context, int) error { return nil })
		}) / chunks
	}
	if counted, bare := perChunk(s.Hook()), perChunk(stock); counted > bare+0.2 {
		t.Errorf("%v allocations a chunk, %v without accounting", counted, bare)
	} else {
		t.Logf("%v and %v allocations a chunk", counted, bare)
	}
}
