package otelhook_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/otelhook"
)

func TestShutdownEndsTheGauges(t *testing.T) {
	th := newTestHook()
	startActiveRun(th)
	if len(values(th.collect(t)["chunkscope.run.active"])) != 1 {
		t.Fatal("nothing is active before Shutdown")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := th.Shutdown(t.Context()); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
		})
	}
	wg.Wait()
	if got := values(th.collect(t)["chunkscope.run.active"]); len(got) > 0 {
		t.Errorf("a reader reads %v after Shutdown", got)
	}
	runDoubling(t, th)
	if n := len(th.spans()); n != 4 {
		t.Errorf("%d spans after Shutdown, want 4: the provider still works", n)
	}
}

// stuckSpanExporter exports nothing until it is released.
type stuckSpanExporter struct{ release chan struct{} }

func (s stuckSpanExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	<-s.release
	return nil
}
func (stuckSpanExporter) Shutdown(context.Context) error { return nil }

// TestBlockedExporter checks that Flush and Shutdown return in time, and that
// their errors name what was not flushed.
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
				// With its own timer the batcher would wait for a mutex, which stops the bubble's clock.
				traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(stuckSpanExporter{release}, sdktrace.WithBatchTimeout(time.Hour)))
				meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(&metricExporter{release: release})))
				h := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
				began := time.Now()
				runDoubling(t, h)
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
					t.Errorf("it returned %v", err)
				}
				close(release)
				_, _ = traces.Shutdown(context.Background()), meters.Shutdown(context.Background())
			})
		})
	}
}

// flushProvider is a provider whose flush the test defines.
type flushProvider struct {
	tracenoop.TracerProvider
	flush func(context.Context) error
}

func (p flushProvider) ForceFlush(ctx context.Context) error { return p.flush(ctx) }

// TestProviderThatIgnoresContexts checks that Flush leaves it behind.
func TestProviderThatIgnoresContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := flushProvider{flush: func(context.Context) error { <-release; return nil }}
		h := otelhook.New(otelhook.WithTracerProvider(stuck), otelhook.WithoutMetrics())
		began := time.Now()
		if err := h.Flush(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != closing.Limit+closing.Grace {
			t.Errorf("Flush returned %v after %v", err, time.Since(began))
		}
		close(release)
	})
}

// TestProvidersThatBreak checks that the program goes on, and that the error of
// Flush names what broke.
func TestProvidersThatBreak(t *testing.T) {
	for want, flush := range map[string]func(context.Context) error{
		"otelhook: flush of traces: panic: broken provider":    func(context.Context) error { panic("broken provider") },
		"otelhook: flush of traces: runtime.Goexit was called": func(context.Context) error { runtime.Goexit(); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			h := otelhook.New(otelhook.WithTracerProvider(flushProvider{flush: flush}), otelhook.WithoutMetrics())
			if err := h.Flush(t.Context()); err == nil || err.Error() != want {
				t.Errorf("Flush returned %v, want %s", err, want)
			}
		})
	}
}
