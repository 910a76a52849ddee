package otelhook_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// reportingExporter reports the exports of another exporter to a hook.
type reportingExporter struct {
	sdktrace.SpanExporter
	hook *otelhook.Hook
}

func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	e.hook.SpansExported(len(spans), err)
	return nil // the hook has logged it, and the SDK need not
}

// A provider accepts spans that its exporter loses later. A wrapper around the
// exporter reports them to the hook.
func ExampleHook_SpansExported() {
	exporter := &reportingExporter{SpanExporter: downExporter{}} // otlptracehttp.New(ctx), for instance
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	hook := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithoutMetrics(), otelhook.WithLogger(slog.New(slog.DiscardHandler)))
	exporter.hook = hook // before the first span

	executor := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(2))
	executor.Register(hook)
	_ = core.ForEach(context.Background(), executor, []string{"a", "b", "c"}, func(context.Context, string) error { return nil })
	fmt.Println(hook.Shutdown(context.Background()))
	_ = traces.Shutdown(context.Background())
	// Output:
	// otelhook: 3 of 3 spans lost: 3 send_error
}

// downExporter is an exporter whose backend is down.
type downExporter struct{}

func (downExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return errors.New("connection refused")
}
func (downExporter) Shutdown(context.Context) error { return nil }
