package otelhook_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/sdk/instrumentation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// A program sets up the SDK, with an exporter of its choice, and shuts it down
// after the hook.
func Example() {
	exporter := tracetest.NewInMemoryExporter() // otlptracehttp.New(ctx), for instance
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	meters := sdkmetric.NewMeterProvider()

	hook := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	executor := core.NewExecutor(core.WithName("import"), core.WithWorkers(1), core.WithChunkSize(2))
	executor.Register(hook)
	err := core.ForEach(context.Background(), executor, []string{"a", "b", "c"}, func(context.Context, string) error { return nil })
	fmt.Println("import:", err)

	// Not the job's context, which may be cancelled.
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = hook.Shutdown(ctx)
	for _, span := range exporter.GetSpans() {
		fmt.Println(span.Name)
	}
	fmt.Println("shutdown:", errors.Join(err, traces.Shutdown(ctx), meters.Shutdown(ctx)))
	// Output:
	// import: <nil>
	// chunk import
	// chunk import
	// run import
	// shutdown: <nil>
}

// A view makes exponential histograms of the durations, which need no bounds.
func ExampleNew_exponentialHistograms() {
	reader := sdkmetric.NewManualReader()
	meters := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(reader),
		sdkmetric.WithView(sdkmetric.NewView(
			sdkmetric.Instrument{Name: "chunkscope.*.duration", Scope: instrumentation.Scope{Name: otelhook.ScopeName}},
			sdkmetric.Stream{Aggregation: sdkmetric.AggregationBase2ExponentialHistogram{MaxSize: 160, MaxScale: 20}},
		)),
	)

	executor := core.NewExecutor(core.WithName("import"))
	executor.Register(otelhook.New(otelhook.WithMeterProvider(meters)))
	_ = core.ForEach(context.Background(), executor, []string{"a"}, func(context.Context, string) error { return nil })

	var data metricdata.ResourceMetrics
	_ = reader.Collect(context.Background(), &data)
	for _, m := range data.ScopeMetrics[0].Metrics {
		if h, ok := m.Data.(metricdata.ExponentialHistogram[float64]); ok {
			fmt.Println(m.Name, h.DataPoints[0].Count)
		}
	}
	// Output:
	// chunkscope.run.duration 1
	// chunkscope.chunk.duration 1
}
