package otelhook

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/chunkscope/chunkscope/core"
)

// Propagator returns a propagator that carries traces and baggage to other
// processes and back, in the format set with [otel.SetTextMapPropagator]. Until
// the program sets one, OpenTelemetry carries nothing.
func Propagator() core.Propagator { return propagator{} }

// propagator asks for the global one at each call, as it may be set later.
type propagator struct{}

func (propagator) Inject(ctx context.Context, set func(k, v string)) {
	otel.GetTextMapPropagator().Inject(ctx, carrier{set: set})
}

func (propagator) Extract(ctx context.Context, get func(k string) string) context.Context {
	return otel.GetTextMapPropagator().Extract(ctx, carrier{get: get})
}

// carrier has one of the two functions: OpenTelemetry reads nothing while it
// injects, and sets nothing while it extracts.
type carrier struct {
	get func(k string) string
	set func(k, v string)
}

var _ propagation.TextMapCarrier = carrier{}

func (c carrier) Get(k string) string {
	if c.get == nil {
		return ""
	}
	return c.get(k)
}

func (c carrier) Set(k, v string) {
	if c.set != nil {
		c.set(k, v)
	}
}

// Keys tells the keys of the propagator itself that are there: what else the
// other side may have sent cannot be listed through a function.
func (c carrier) Keys() []string {
	var keys []string
	for _, k := range otel.GetTextMapPropagator().Fields() {
		if c.Get(k) != "" {
			keys = append(keys, k)
		}
	}
	return keys
}
