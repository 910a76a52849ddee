package otelhook_test

import (
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/otelhook"
)

func TestConformance(t *testing.T) {
	for name, opts := range map[string][]otelhook.Option{
		"all":            nil,
		"slow or failed": {otelhook.WithChunkSpans(otelhook.SlowOrFailed), otelhook.WithErrorMessages()},
		"linked":         {otelhook.WithChunkSpans(otelhook.Linked), otelhook.WithMaxChunkSpans(10)},
		"off":            {otelhook.WithChunkSpans(otelhook.Off)},
		"no tracing":     {otelhook.WithoutTracing()},
		"no metrics":     {otelhook.WithoutMetrics()},
		"neither":        {otelhook.WithoutTracing(), otelhook.WithoutMetrics()},
	} {
		t.Run(name, func(t *testing.T) {
			hooktest.Conformance(t, func() core.Hook {
				spans := sdktrace.NewTracerProvider(sdktrace.WithSyncer(tracetest.NewNoopExporter()))
				metrics := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
				return otelhook.New(append(opts, otelhook.WithTracerProvider(spans), otelhook.WithMeterProvider(metrics))...)
			})
		})
	}
}
