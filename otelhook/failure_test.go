package otelhook_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// doubled runs a small job and demands its results, and that the hook does
// not misbehave, which core would survive.
func doubled(t *testing.T, h core.Hook) {
	t.Helper()
	e := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
	e.Register(h, core.OnFault(func(f core.Fault) { t.Errorf("fault of %s at %v: %v", f.Hook, f.Moment, f.Value) }))
	got, err := core.Map(t.Context(), e, []int{1, 2, 3}, func(_ context.Context, i int) (int, error) { return 2 * i, nil })
	if err != nil || !slices.Equal(got, []int{2, 4, 6}) {
		t.Errorf("results %v, %v", got, err)
	}
}

// TestGlobalProviders demands that nil options, and none, mean the global
// providers, also those that are set after New. What a hook had of the globals
// before turns to the first providers that a process sets, and to no others: so
// that the test can be repeated, it has a process of its own.
func TestGlobalProviders(t *testing.T) {
	const own = "OTELHOOK_TEST_GLOBALS"
	if os.Getenv(own) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGlobalProviders$", "-test.count=1")
		cmd.Env = append(os.Environ(), own+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	h := otelhook.New(nil, otelhook.WithTracerProvider(nil), otelhook.WithMeterProvider(nil), otelhook.WithSpanNameFormatter(nil), otelhook.WithStatsFrom(nil))
	doubled(t, h)
	if err := h.Flush(t.Context()); err != nil {
		t.Errorf("Flush without providers: %v", err)
	}

	p := newProbe()
	exporter := &exported{}
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(exporter)))
	otel.SetTracerProvider(p.traces)
	otel.SetMeterProvider(meters)
	doubled(t, h)
	if n := len(p.spans()); n != 4 {
		t.Errorf("%d spans reached the global provider, want 4", n)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	if !slices.Contains(exporter.names, "chunkscope.chunk.duration") || !slices.Contains(exporter.names, "chunkscope.run.active") {
		t.Errorf("Shutdown flushed the metrics %q", exporter.names)
	}
	if err := meters.Shutdown(t.Context()); err != nil {
		t.Errorf("the provider was shut down before: %v", err)
	}
}

// exported is an exporter of metrics that keeps their names.
type exported struct {
	names []string
	stuck chan struct{} // if not nil, exports wait for it
}

func (*exported) Temporality(k sdkmetric.InstrumentKind) metricdata.Temporality {
	return sdkmetric.DefaultTemporalitySelector(k)
}

func (*exported) Aggregation(k sdkmetric.InstrumentKind) sdkmetric.Aggregation {
	return sdkmetric.DefaultAggregationSelector(k)
}

func (e *exported) Export(_ context.Context, data *metricdata.ResourceMetrics) error {
	if e.stuck != nil {
		<-e.stuck
	}
	e.names = nil
	for _, s := range data.ScopeMetrics {
		for _, m := range s.Metrics {
			e.names = append(e.names, m.Name)
		}
	}
	return nil
}
func (*exported) ForceFlush(context.Context) error { return nil }
func (*exported) Shutdown(context.Context) error   { return nil }

func TestShutdownEndsTheGauges(t *testing.T) {
	p := newProbe()
	active(p)
	if len(values(p.collect(t)["chunkscope.run.active"])) != 1 {
		t.Fatal("nothing is active before Shutdown")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := p.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		})
	}
	wg.Wait()
	if got := values(p.collect(t)["chunkscope.run.active"]); len(got) > 0 {
		t.Errorf("after Shutdown %v is read", got)
	}
	doubled(t, p)
	if n := len(p.spans()); n != 4 {
		t.Errorf("%d spans after Shutdown, want 4: the provider lives", n)
	}
}

func TestProviderShutDownFirst(t *testing.T) {
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(&exported{})))
	before := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	if err := errors.Join(traces.Shutdown(t.Context()), meters.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	after := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	for _, h := range []*otelhook.Hook{before, after} {
		doubled(t, h)
		if err := h.Shutdown(t.Context()); !errors.Is(err, sdkmetric.ErrReaderShutdown) {
			t.Errorf("Shutdown tells %v, want that the reader is shut down", err)
		}
	}
}

// stuckSpans is an exporter of spans that waits for ever.
type stuckSpans struct{ release chan struct{} }

func (s stuckSpans) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	<-s.release
	return nil
}
func (stuckSpans) Shutdown(context.Context) error { return nil }

// TestBlockedExporter demands that Flush and Shutdown keep their time, and
// tell what they did not wait for.
func TestBlockedExporter(t *testing.T) {
	flush, shutdown := (*otelhook.Hook).Flush, (*otelhook.Hook).Shutdown
	for _, tt := range []struct {
		name  string
		call  func(*otelhook.Hook, context.Context) error
		limit time.Duration // 0 for none
		want  time.Duration
	}{
		{"flush", flush, 0, 8 * time.Second},
		{"flush with a deadline", flush, time.Second, time.Second},
		{"shutdown", shutdown, 0, 8 * time.Second},
		{"shutdown with a deadline", shutdown, time.Second, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				// The batcher's own timer would have it wait for a mutex meanwhile, which stops the bubble's clock.
				traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(stuckSpans{release}, sdktrace.WithBatchTimeout(time.Hour)))
				meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(&exported{stuck: release})))
				h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
				began := time.Now()
				doubled(t, h)
				if took := time.Since(began); took != 0 {
					t.Errorf("the run waited %v", took)
				}
				ctx := context.Background()
				if tt.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.limit)
					defer cancel()
				}
				err := tt.call(h, ctx)
				if took := time.Since(began); took != tt.want {
					t.Errorf("it took %v, want %v", took, tt.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "traces") || !strings.Contains(err.Error(), "metrics") {
					t.Errorf("it tells %v", err)
				}
				close(release)
				_, _ = traces.Shutdown(context.Background()), meters.Shutdown(context.Background())
			})
		})
	}
}

// deaf is a provider whose flush heeds no context.
type deaf struct {
	tracenoop.TracerProvider
	release chan struct{}
}

func (d deaf) ForceFlush(context.Context) error {
	<-d.release
	return nil
}

func TestDeafProvider(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := otelhook.New(otelhook.WithTracerProvider(deaf{release: release}), otelhook.WithoutMetrics())
		began := time.Now()
		if err := h.Flush(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 8*time.Second {
			t.Errorf("Flush tells %v after %v", err, time.Since(began))
		}
		close(release)
	})
}

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

// panicking is a hook whose Stats panics.
type panicking struct{ core.Hook }

func (panicking) HookName() string      { return "panicking" }
func (panicking) Stats() core.HookStats { panic("stats") }

// TestStatsThatPanic demands that the program lives, and other hooks are read.
func TestStatsThatPanic(t *testing.T) {
	p := newProbe(otelhook.WithStatsFrom(panicking{}, sick{}))
	var data metricdata.ResourceMetrics
	if err := p.reader.Collect(t.Context(), &data); err == nil || !strings.Contains(err.Error(), "panicking panicked: stats") {
		t.Errorf("Collect tells %v", err)
	}
	for _, m := range data.ScopeMetrics[0].Metrics {
		if m.Name == "chunkscope.hook.delivered" && values(m)["chunkscope.hook=sick"] != 4 {
			t.Errorf("%s is %v", m.Name, values(m))
		}
	}
}
