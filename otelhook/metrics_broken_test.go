package otelhook_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"

	"github.com/chunkscope/chunkscope/otelhook"
)

// brokenProvider has meters that make no instruments, and its flush panics.
type brokenProvider struct{ metricnoop.MeterProvider }

func (brokenProvider) Meter(string, ...metric.MeterOption) metric.Meter { return brokenMeter{} }
func (brokenProvider) ForceFlush(context.Context) error                 { panic("broken provider") }

type brokenMeter struct{ metricnoop.Meter }

var errBroken = errors.New("broken meter")

func (brokenMeter) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errBroken
}

func (brokenMeter) Int64Histogram(string, ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	return nil, errBroken
}

func (brokenMeter) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errBroken
}

func (brokenMeter) Float64ObservableCounter(string, ...metric.Float64ObservableCounterOption) (metric.Float64ObservableCounter, error) {
	return nil, errBroken
}

func (brokenMeter) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return nil, errBroken
}

func (brokenMeter) Int64ObservableUpDownCounter(string, ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	return nil, errBroken
}

func (brokenMeter) Float64ObservableGauge(string, ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return nil, errBroken
}

func (brokenMeter) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return nil, errBroken
}

// TestBrokenMeter checks that the hook reports missing instruments once, and that
// everything else works.
func TestBrokenMeter(t *testing.T) {
	var handled []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { handled = append(handled, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	th := newTestHook()
	h := otelhook.New(otelhook.WithTracerProvider(th.traces), otelhook.WithMeterProvider(brokenProvider{}), otelhook.WithStatsFrom(&failingHook{}))
	runDoubling(t, h)
	if len(handled) != 1 || !errors.Is(handled[0], errBroken) {
		t.Errorf("errors %q, want one", handled)
	}
	if n := len(th.spans()); n != 4 {
		t.Errorf("%d spans, want 4", n)
	}
	if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "broken provider") {
		t.Errorf("Shutdown returned %v", err)
	}
}

// meterWithoutGauges is a meter that makes no gauges, and panics for a nil
// instrument.
type meterWithoutGauges struct{ metric.Meter }

func (meterWithoutGauges) Float64ObservableGauge(string, ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return nil, errBroken
}

type partlyBrokenProvider struct {
	metricnoop.MeterProvider
	real metric.MeterProvider
}

func (b partlyBrokenProvider) Meter(name string, opts ...metric.MeterOption) metric.Meter {
	return meterWithoutGauges{b.real.Meter(name, opts...)}
}

func TestPartlyBrokenMeter(t *testing.T) {
	var handled []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { handled = append(handled, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	th := newTestHook()
	th.Hook = otelhook.New(otelhook.WithMeterProvider(partlyBrokenProvider{real: th.meters}), otelhook.WithStatsFrom(&failingHook{}))
	startActiveRun(th)
	all := th.collect(t)
	if got := values(all["chunkscope.run.active"])["chunkscope.executor=import"]; got != 1 || len(values(all["chunkscope.hook.pending"])) != 2 {
		t.Errorf("the other instruments read %v and %v", got, values(all["chunkscope.hook.pending"]))
	}
	if _, exists := all["chunkscope.progress"]; exists || len(handled) != 1 {
		t.Errorf("progress exists: %v; errors %q", exists, handled)
	}
}
