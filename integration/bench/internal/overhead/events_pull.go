package overhead

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/fleet"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/otelhook"
)

// promWays touch the same five series: two with an outcome, three without.
func promWays(f *fleet.Fleet) []way {
	counter := func(name string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name}, labels)
	}
	histogram := func(name string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Buckets: buckets}, []string{"executor"})
	}
	chunks, items, busy := counter("chunks", "executor", "outcome"), counter("items", "executor", "outcome"), counter("busy", "executor")
	duration, size := histogram("duration", ladder.Chunk()), histogram("size", ladder.ChunkSize())
	count, done, worked := chunks.WithLabelValues("bench", "ok"), items.WithLabelValues("bench", "ok"), busy.WithLabelValues("bench")
	took, large := duration.WithLabelValues("bench"), size.WithLabelValues("bench")
	return []way{
		each("bare cached calls", func(e core.ChunkEnd) {
			count.Inc()
			large.Observe(float64(e.Items))
			done.Add(float64(e.ItemsDone))
			worked.Add(e.Duration.Seconds())
			took.Observe(e.Duration.Seconds())
		}),
		each("promhook", func(e core.ChunkEnd) { f.Prom.OnChunkEnd(context.Background(), e) }),
		each("by hand, labels at each call", func(e core.ChunkEnd) {
			chunks.WithLabelValues("bench", "ok").Inc()
			size.WithLabelValues("bench").Observe(float64(e.Items))
			items.WithLabelValues("bench", "ok").Add(float64(e.ItemsDone))
			busy.WithLabelValues("bench").Add(e.Duration.Seconds())
			duration.WithLabelValues("bench").Observe(e.Duration.Seconds())
		}),
	}
}

// otelWays record the same three instruments.
func otelWays() ([]way, error) {
	provider := func() *sdkmetric.MeterProvider {
		return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	}
	h := otelhook.New(otelhook.WithoutTracing(), otelhook.WithMeterProvider(provider()))
	run := withRun(h)
	meter := provider().Meter("bare")
	duration, err := meter.Float64Histogram("duration", metric.WithExplicitBucketBoundaries(ladder.Chunk()...))
	if err != nil {
		return nil, err
	}
	size, err := meter.Int64Histogram("size", metric.WithExplicitBucketBoundaries(ladder.ChunkSize()...))
	if err != nil {
		return nil, err
	}
	items, err := meter.Int64Counter("items")
	if err != nil {
		return nil, err
	}
	executor, outcome := attribute.String("chunkscope.executor", "bench"), attribute.String("chunkscope.outcome", "ok")
	ended, all := metric.WithAttributeSet(attribute.NewSet(executor, outcome)), metric.WithAttributeSet(attribute.NewSet(executor))
	record, add, recordAll := []metric.RecordOption{ended}, []metric.AddOption{ended}, []metric.RecordOption{all}
	return []way{
		each("bare calls, preset options", func(e core.ChunkEnd) {
			duration.Record(run, e.Duration.Seconds(), record...)
			size.Record(run, int64(e.Items), recordAll...)
			items.Add(run, int64(e.ItemsDone), add...)
		}),
		each("otelhook, metrics alone", func(e core.ChunkEnd) { h.OnChunkEnd(h.OnChunkStart(run, e.ChunkStart), e) }),
		each("by hand, attributes at each call", func(e core.ChunkEnd) {
			duration.Record(run, e.Duration.Seconds(), metric.WithAttributes(executor, outcome))
			size.Record(run, int64(e.Items), metric.WithAttributes(executor))
			items.Add(run, int64(e.ItemsDone), metric.WithAttributes(executor, outcome))
		}),
	}, nil
}
