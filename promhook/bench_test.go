package promhook_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/internal/paired"
	"github.com/chunkscope/chunkscope/promhook"
)

// chunkEnd returns a typical chunk of an executor.
func chunkEnd(executor string) core.ChunkEnd {
	e := core.ChunkEnd{
		Duration: 900 * time.Microsecond, ItemsDone: 1000, Outcome: core.OutcomeOK, Attempts: 1,
		RunItems: 1_000_000, RunItemsDone: 5000, RunElapsed: time.Second,
	}
	e.Executor, e.Items, e.Started = executor, 1000, time.Now()
	return e
}

// BenchmarkChunkEnd compares the cost of a chunk with bare calls of the series
// that it touches, with the series already looked up.
func BenchmarkChunkEnd(b *testing.B) {
	const chunks = 200_000
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			hook := promhook.New(promhook.WithRegisterer(prometheus.NewRegistry()))
			count := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "chunks"}, []string{"executor", "outcome"}).WithLabelValues("job", "ok")
			items := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "items"}, []string{"executor", "outcome"}).WithLabelValues("job", "ok")
			duration := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "duration", Buckets: ladder.Chunk()}, []string{"executor"}).WithLabelValues("job")
			size := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "size", Buckets: ladder.ChunkSize()}, []string{"executor"}).WithLabelValues("job")
			busy := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "busy"}, []string{"executor"}).WithLabelValues("job")
			e := chunkEnd("job")
			each := func(do func()) func() {
				return func() {
					var wg sync.WaitGroup
					for range workers {
						wg.Go(func() {
							for range chunks / workers {
								do()
							}
						})
					}
					wg.Wait()
				}
			}
			paired.Compare(b, paired.Options{Gate: workers > 1},
				paired.Variant{Name: "bare", Run: each(func() {
					count.Inc()
					size.Observe(float64(e.Items))
					items.Add(float64(e.ItemsDone))
					busy.Add(e.Duration.Seconds())
					duration.Observe(e.Duration.Seconds())
				})},
				paired.Variant{Name: "promhook", Bar: 1.5, Run: each(func() { hook.OnChunkEnd(context.Background(), e) })})
		})
	}
}

// BenchmarkScrape measures a scrape of ten executors.
func BenchmarkScrape(b *testing.B) {
	registry := prometheus.NewRegistry()
	hook := promhook.New(promhook.WithRegisterer(registry))
	for i := range 10 {
		hook.OnChunkEnd(b.Context(), chunkEnd(fmt.Sprint("job", i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := registry.Gather(); err != nil {
			b.Fatal(err)
		}
	}
}
