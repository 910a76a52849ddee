package otelhook_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	tracenoop "go.opentelemetry.io/otel/trace/noop"

	"github.com/chunkscope/chunkscope/otelhook"
)

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
