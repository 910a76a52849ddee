package exporters

import (
	"context"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// providers are the OpenTelemetry providers of a suite. One that is switched
// off is nil.
type providers struct {
	traces *sdktrace.TracerProvider
	spans  *spanExporter // of traces
	meters *meterProvider
	errors *otelErrors // words their errors
}

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
func (c *config) openProviders(ctx context.Context, env *otelEnv, errs *otelErrors) *providers {
	res := newResource(ctx)
	spans, err := env.newSpanExporter(ctx)
	if err != nil {
		env.cannotSend(env.traces, errs, err)
	}
	metrics, err := c.newMetricReader(ctx, env, errs)
	if err != nil {
		env.cannotSend(env.metrics, errs, err)
	}
	p := &providers{errors: errs}
	if spans != nil && !autoexport.IsNoneSpanExporter(spans) {
		failure := func(err error) error { return errs.failure(env.traces, err) }
		p.spans = &spanExporter{SpanExporter: spans, failure: failure}
		p.traces = sdktrace.NewTracerProvider(sdktrace.WithBatcher(p.spans), sdktrace.WithResource(res))
	}
	if metrics != nil && !autoexport.IsNoneMetricReader(metrics) {
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
		hooks = append(hooks, &shutdownHook{"otelhook: shutdown of traces", p.shutdownTraces})
	}
	if p != nil && p.meters != nil {
		hooks = append(hooks, &shutdownHook{"otelhook: shutdown of metrics", p.meters.Shutdown})
	}
	return hooks
}

// lateExportTimeout is how much longer than its context the shutdown of traces
// may take.
const lateExportTimeout = 50 * time.Millisecond

// shutdownTraces shuts the provider of spans down. If the provider's context has
// ended when it begins, it leaves a goroutine behind. So it gets a little more
// time, in which the exporter is shut down and ends the export under way.
func (p *providers) shutdownTraces(ctx context.Context) error {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(lateExportTimeout, cancel)
		_ = call(ctx, p.spans.Shutdown) // the provider's error says the same
	})
	defer stop()
	return p.traces.Shutdown(longer)
}
