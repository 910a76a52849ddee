package otelhook

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/chunkscope/chunkscope/core/remote"
)

// Propagator returns a propagator that carries traces and baggage to other
// processes and back. It uses the format of [otel.SetTextMapPropagator], which
// carries nothing until a program calls that. It is safe for concurrent use.
func Propagator() remote.Propagator { return propagator{} }

// propagator looks the global propagator up in each call, as a program may set
// it later.
type propagator struct{}

func (propagator) Inject(ctx context.Context, set func(k, v string)) {
	otel.GetTextMapPropagator().Inject(ctx, carrier{set: set})
}

func (propagator) Extract(ctx context.Context, get func(k string) string) context.Context {
	return otel.GetTextMapPropagator().Extract(ctx, carrier{get: get})
}

// carrier has one of its functions: get while OpenTelemetry extracts, set while
// it injects.
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

// Keys returns those keys of the global propagator that have a value. A function
// cannot list other keys of the sender's.
func (c carrier) Keys() []string {
	var keys []string
	for _, k := range otel.GetTextMapPropagator().Fields() {
		if c.Get(k) != "" {
			keys = append(keys, k)
		}
	}
	return keys
}
