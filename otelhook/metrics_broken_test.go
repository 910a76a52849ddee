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

// brokenProvider's meters make nothing, and it panics when it is flushed.
type brokenProvider struct{ metricnoop.MeterProvider }

func (brokenProvider) Meter(string, ...metric.MeterOption) metric.Meter { return broken{} }
func (brokenProvider) ForceFlush(context.Context) error                 { panic("broken provider") }

type broken struct{ metricnoop.Meter }

var errBroken = errors.New("broken meter")

func (broken) Float64Histogram(string, ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	return nil, errBroken
}

func (broken) Int64Histogram(string, ...metric.Int64HistogramOption) (metric.Int64Histogram, error) {
	return nil, errBroken
}

func (broken) Int64Counter(string, ...metric.Int64CounterOption) (metric.Int64Counter, error) {
	return nil, errBroken
}

func (broken) Float64ObservableCounter(string, ...metric.Float64ObservableCounterOption) (metric.Float64ObservableCounter, error) {
	return nil, errBroken
}

func (broken) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return nil, errBroken
}

func (broken) Int64ObservableUpDownCounter(string, ...metric.Int64ObservableUpDownCounterOption) (metric.Int64ObservableUpDownCounter, error) {
	return nil, errBroken
}

func (broken) Float64ObservableGauge(string, ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return nil, errBroken
}

func (broken) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return nil, errBroken
}

// TestBrokenMeter demands that what cannot be made is told once, and that
// everything else goes on.
func TestBrokenMeter(t *testing.T) {
	var told []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { told = append(told, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	p := newProbe()
	h := otelhook.New(otelhook.WithTracerProvider(p.traces), otelhook.WithMeterProvider(brokenProvider{}), otelhook.WithStatsFrom(sick{}))
	doubled(t, h)
	if len(told) != 1 || !errors.Is(told[0], errBroken) {
		t.Errorf("told %q, want one error", told)
	}
	if n := len(p.spans()); n != 4 {
		t.Errorf("%d spans, want 4", n)
	}
	if err := h.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "broken provider") {
		t.Errorf("Shutdown tells %v", err)
	}
}

// onlyCounters is a meter that makes all but the gauges, and takes no nil.
type onlyCounters struct{ metric.Meter }

func (onlyCounters) Float64ObservableGauge(string, ...metric.Float64ObservableGaugeOption) (metric.Float64ObservableGauge, error) {
	return nil, errBroken
}

type partly struct {
	metricnoop.MeterProvider
	real metric.MeterProvider
}

func (p partly) Meter(name string, opts ...metric.MeterOption) metric.Meter {
	return onlyCounters{p.real.Meter(name, opts...)}
}

func TestPartlyBrokenMeter(t *testing.T) {
	var told []error
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { told = append(told, err) }))
	t.Cleanup(func() { otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) {})) })
	p := newProbe()
	p.Hook = otelhook.New(otelhook.WithMeterProvider(partly{real: p.meters}), otelhook.WithStatsFrom(sick{}))
	active(p)
	all := p.collect(t)
	if got := values(all["chunkscope.run.active"])["chunkscope.executor=import"]; got != 1 || len(values(all["chunkscope.hook.pending"])) != 1 {
		t.Errorf("what can be made reads %v and %v", got, values(all["chunkscope.hook.pending"]))
	}
	if _, there := all["chunkscope.progress"]; there || len(told) != 1 {
		t.Errorf("progress is there: %v; told %q", there, told)
	}
}
