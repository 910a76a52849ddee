package exporters

import (
	"context"
	"sync/atomic"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// providers are the OpenTelemetry providers of a suite. One that is switched
// off is nil.
type providers struct {
	traces *tracerProvider
	meters *meterProvider
	errors *otelErrors // words their errors
}

// tracerProvider is a provider of the SDK whose Shutdown closes its pipeline. The
// SDK's own would forget the pipeline, which counts the spans of runs that go on.
type tracerProvider struct {
	*sdktrace.TracerProvider
	spans *spanPipeline
}

func newTracerProvider(spans *spanPipeline, res *resource.Resource) *tracerProvider {
	return &tracerProvider{sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans), sdktrace.WithResource(res)), spans}
}

func (p *tracerProvider) ForceFlush(ctx context.Context) error { return p.spans.ForceFlush(ctx) }

func (p *tracerProvider) Shutdown(ctx context.Context) error { return p.spans.Shutdown(ctx) }

// meterProvider is a provider of the SDK that can be flushed after its Shutdown,
// when there is nothing left to send. The SDK's own returns an error then.
type meterProvider struct {
	*sdkmetric.MeterProvider
	ended atomic.Bool
}

func (p *meterProvider) ForceFlush(ctx context.Context) error {
	if p.ended.Load() {
		return nil
	}
	return p.MeterProvider.ForceFlush(ctx)
}

func (p *meterProvider) Shutdown(ctx context.Context) error {
	p.ended.Store(true)
	return p.MeterProvider.Shutdown(ctx)
}

// openProviders opens the providers that the variables configure. It returns nil if
// all are switched off or cannot be made.
func (c *config) openProviders(ctx context.Context, otlp OTLP, env *otelEnv, errs *otelErrors) *providers {
	res := newResource(ctx)
	spans, err := env.newSpanExporter(ctx, otlp)
	if err != nil {
		env.cannotSend(env.traces, errs, err)
	}
	metrics, err := c.newMetricReader(ctx, otlp, env, errs)
	if err != nil {
		env.cannotSend(env.metrics, errs, err)
	}
	p := &providers{errors: errs}
	if spans != nil {
		p.traces = newTracerProvider(newSpanPipeline(newSpanExporter(spans, env.traces, errs)), res)
	}
	if metrics != nil {
		p.meters = &meterProvider{MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(metrics), sdkmetric.WithResource(res))}
	}
	if p.traces == nil && p.meters == nil {
		return nil
	}
	return p
}

// options returns the options of the hook that uses the providers.
func (p *providers) options() []otelhook.Option {
	opts := []otelhook.Option{otelhook.WithoutTracing(), otelhook.WithoutMetrics()}
	if p.traces != nil {
		opts[0] = otelhook.WithTracerProvider(p.traces)
	}
	if p.meters != nil {
		opts[1] = otelhook.WithMeterProvider(p.meters)
	}
	return opts
}

// hooks returns hooks that shut the providers down.
func (p *providers) hooks() (hooks []core.Hook) {
	if p != nil && p.traces != nil {
		hooks = append(hooks, &shutdownHook{"otelhook: shutdown of traces", p.traces.Shutdown})
	}
	if p != nil && p.meters != nil {
		hooks = append(hooks, &shutdownHook{"otelhook: shutdown of metrics", p.meters.Shutdown})
	}
	return hooks
}
