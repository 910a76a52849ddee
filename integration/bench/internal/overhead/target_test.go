package overhead

import (
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/fleet"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkTarget compares all four exporters, at several target durations of
// chunks, with no hook: what the default was chosen by. See docs/chunk-size.md.
func BenchmarkTarget(b *testing.B) {
	f, err := fleet.New()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() }) // the null backends have nothing to say
	w := workload.Spin(false)
	var others []paired.Variant
	for _, us := range []int{300, 1000, 2000, 3000, 5000, 10_000} {
		target := time.Duration(us) * time.Microsecond
		others = append(others, mapOf(target.String(), w, f.All(), core.WithTargetChunkDuration(target)))
	}
	paired.Compare(b, paired.Options{Gate: true}, mapOf(none, w, nil), others...)
}
