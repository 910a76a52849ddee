package overhead

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

var targets = []time.Duration{
	300 * time.Microsecond, time.Millisecond, 2 * time.Millisecond, 3 * time.Millisecond,
	5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
}

// newExporters is exporterset.New for benchmarks.
func newExporters(b *testing.B) *exporterset.Set {
	f, err := exporterset.New()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() }) // the null backends have nothing to say
	return f
}

// BenchmarkTarget compares all four exporters, at several target durations of
// chunks, with no hook. The default was chosen with it: see docs/chunk-size.md.
func BenchmarkTarget(b *testing.B) {
	f, w := newExporters(b), workload.Spin(false)
	var others []paired.Variant
	for _, target := range targets {
		others = append(others, mapWith(target.String(), w, f.All(), core.WithTargetChunkDuration(target)))
	}
	paired.Compare(b, paired.Options{Gate: true}, mapWith(none, w, nil), others...)
}

// between adds up the time between the work of two chunks of each worker.
type between struct{ nanos, chunks atomic.Int64 }

func (*between) HookName() string { return "between" }

func (h *between) OnChunkEnd(_ context.Context, e core.ChunkEnd) {
	h.nanos.Add(int64(e.Ended.Sub(e.Started) - e.Duration))
	h.chunks.Add(1)
}

// BenchmarkBetween reports that time for all four exporters at the same
// targets. It excludes the background work of exporters, but its numbers are
// clear where shares of a whole run are lost in noise.
func BenchmarkBetween(b *testing.B) {
	f, w := newExporters(b), workload.Spin(false)
	var h between
	variants := make([]paired.Variant, len(targets))
	for i, target := range targets {
		variants[i] = mapWith(target.String(), w, append([]core.Hook{&h}, f.All()...), core.WithTargetChunkDuration(target))
	}
	micros, chunks := make([][]float64, len(targets)), make([][]float64, len(targets))
	for b.Loop() {
		for i, v := range variants {
			runtime.GC()
			h.nanos.Store(0)
			h.chunks.Store(0)
			v.Run()
			micros[i] = append(micros[i], float64(h.nanos.Load())/1000)
			chunks[i] = append(chunks[i], float64(h.chunks.Load()))
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, v := range variants {
		b.ReportMetric(middle(micros[i]), "µs@"+v.Name)
		b.ReportMetric(middle(chunks[i]), "chunks@"+v.Name)
	}
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
