package overhead

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
)

// bucketBounds returns the upper bounds of the buckets of a histogram that
// promhook exports; otelhook has the same. The bare calls take them over,
// because an observation takes longer with more buckets.
func bucketBounds(name string) ([]float64, error) {
	registry := prometheus.NewRegistry()
	promhook.New(promhook.WithRegisterer(registry)).OnChunkEnd(context.Background(), chunkEnd())
	families, err := registry.Gather()
	if err != nil {
		return nil, err
	}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		var bounds []float64
		for _, bucket := range family.GetMetric()[0].GetHistogram().GetBucket() {
			bounds = append(bounds, bucket.GetUpperBound())
		}
		return bounds, nil
	}
	return nil, fmt.Errorf("promhook exports no histogram %s", name)
}

// chunkBounds returns the bucket bounds of the duration and of the size of chunks.
func chunkBounds() (duration, size []float64, err error) {
	if duration, err = bucketBounds("chunkscope_chunk_duration_seconds"); err != nil {
		return nil, nil, err
	}
	size, err = bucketBounds("chunkscope_chunk_size_items")
	return duration, size, err
}

// promInstrumentations update the same five series: two with an outcome, three
// without.
func promInstrumentations(f *exporterset.Set) ([]instrumentation, error) {
	durationBounds, sizeBounds, err := chunkBounds()
	if err != nil {
		return nil, err
	}
	counter := func(name string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name}, labels)
	}
	histogram := func(name string, buckets []float64) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Buckets: buckets}, []string{"executor"})
	}
	chunks, items, busy := counter("chunks", "executor", "outcome"), counter("items", "executor", "outcome"), counter("busy", "executor")
	duration, size := histogram("duration", durationBounds), histogram("size", sizeBounds)
	count, done, worked := chunks.WithLabelValues("bench", "ok"), items.WithLabelValues("bench", "ok"), busy.WithLabelValues("bench")
	took, large := duration.WithLabelValues("bench"), size.WithLabelValues("bench")
	return []instrumentation{
		withoutSetup("bare cached calls", func(e core.ChunkEnd) {
			count.Inc()
			large.Observe(float64(e.Items))
			done.Add(float64(e.ItemsDone))
			worked.Add(e.Duration.Seconds())
			took.Observe(e.Duration.Seconds())
		}),
		withoutSetup("promhook", func(e core.ChunkEnd) { f.Prom.OnChunkEnd(context.Background(), e) }),
		withoutSetup("by hand, labels at each call", func(e core.ChunkEnd) {
			chunks.WithLabelValues("bench", "ok").Inc()
			size.WithLabelValues("bench").Observe(float64(e.Items))
			items.WithLabelValues("bench", "ok").Add(float64(e.ItemsDone))
			busy.WithLabelValues("bench").Add(e.Duration.Seconds())
			duration.WithLabelValues("bench").Observe(e.Duration.Seconds())
		}),
	}, nil
}

// otelInstrumentations record the same three instruments.
func otelInstrumentations() ([]instrumentation, error) {
	durationBounds, sizeBounds, err := chunkBounds()
	if err != nil {
		return nil, err
	}
	provider := func() *sdkmetric.MeterProvider {
		return sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	}
	h := otelhook.New(otelhook.WithoutTracing(), otelhook.WithMeterProvider(provider()))
	run := withRun(h)
	meter := provider().Meter("bare")
	duration, err := meter.Float64Histogram("duration", metric.WithExplicitBucketBoundaries(durationBounds...))
	if err != nil {
		return nil, err
	}
	size, err := meter.Int64Histogram("size", metric.WithExplicitBucketBoundaries(sizeBounds...))
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
	return []instrumentation{
		withoutSetup("bare calls, preset options", func(e core.ChunkEnd) {
			duration.Record(run, e.Duration.Seconds(), record...)
			size.Record(run, int64(e.Items), recordAll...)
			items.Add(run, int64(e.ItemsDone), add...)
		}),
		withoutSetup("otelhook, metrics alone", func(e core.ChunkEnd) { h.OnChunkEnd(h.OnChunkStart(run, e.ChunkStart), e) }),
		withoutSetup("by hand, attributes at each call", func(e core.ChunkEnd) {
			duration.Record(run, e.Duration.Seconds(), metric.WithAttributes(executor, outcome))
			size.Record(run, int64(e.Items), metric.WithAttributes(executor))
			items.Add(run, int64(e.ItemsDone), metric.WithAttributes(executor, outcome))
		}),
	}, nil
}
