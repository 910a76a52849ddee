package otelhook_test

import (
	"context"
	"slices"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/chunkscope/chunkscope/otelhook"
)

func TestPropagator(t *testing.T) {
	th := newTestHook()
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	t.Cleanup(func() { otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator()) })
	ctx, parent := th.traces.Tracer("user").Start(t.Context(), "here")
	sent := map[string]string{}
	otelhook.Propagator().Inject(ctx, func(k, v string) { sent[k] = v })
	if len(sent) == 0 {
		t.Fatal("nothing was sent")
	}
	there := otelhook.Propagator().Extract(context.Background(), func(k string) string { return sent[k] })
	_, span := th.traces.Tracer("user").Start(there, "there")
	span.End()
	if !th.one(t, "there").childOf(parent.SpanContext()) {
		t.Errorf("the trace does not go on there: %v", sent)
	}
}

// keysPropagator is a propagator that asks for the keys.
type keysPropagator struct {
	propagation.TraceContext
	keys *[]string
}

func (c keysPropagator) Extract(ctx context.Context, from propagation.TextMapCarrier) context.Context {
	*c.keys = from.Keys()
	return ctx
}

func TestPropagatorKeys(t *testing.T) {
	var keys []string
	otel.SetTextMapPropagator(keysPropagator{keys: &keys})
	t.Cleanup(func() { otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator()) })
	sent := map[string]string{"traceparent": "00-1", "other": "x"}
	otelhook.Propagator().Extract(t.Context(), func(k string) string { return sent[k] })
	if !slices.Equal(keys, []string{"traceparent"}) {
		t.Errorf("keys %q", keys)
	}
}
