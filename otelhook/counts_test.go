package otelhook_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// fate is what becomes of an item.
type fate struct {
	outcome   core.Outcome
	errorType string
	act       func() error
}

var fates = []fate{
	{core.OutcomeOK, "", func() error { return nil }},
	{core.OutcomeError, "throttled", func() error { return throttled{} }},
	{core.OutcomeError, "type 7", func() error { return numbered(7) }},
	{core.OutcomePanic, "panic", func() error { panic("secret") }},
	{core.OutcomePanic, "goexit", func() error { runtime.Goexit(); return nil }},
}

// draw deals n items their fates, three quarters of them good.
func draw(seed uint64, n int) []fate {
	random := rand.New(rand.NewPCG(seed, 0))
	items := make([]fate, n)
	for i := range items {
		items[i] = fates[max(0, random.IntN(4*len(fates))-3*len(fates))]
	}
	return items
}

// ledger is what must arrive: counts by metric and attributes.
type ledger map[string]map[string]float64

func (l ledger) add(name string, f fate, n int) {
	attrs := fmt.Sprintf("chunkscope.executor=import,chunkscope.outcome=%s", f.outcome)
	if f.errorType != "" {
		attrs += ",error.type=" + f.errorType
	}
	if l[name] == nil {
		l[name] = map[string]float64{}
	}
	l[name][attrs] += float64(n)
}

// expect adds what a run of items in chunks of a size must leave behind.
func (l ledger) expect(items []fate, size int) {
	for lo := 0; lo < len(items); lo += size {
		chunk, good := fates[0], 0
		for _, f := range items[lo:min(lo+size, len(items))] {
			if f.outcome == core.OutcomeOK {
				good++
				continue
			}
			l.add("chunkscope.items", f, 1)
			chunk = worse(chunk, f)
		}
		l.add("chunkscope.items", fates[0], good)
		l.add("chunkscope.chunk.duration", chunk, 1)
	}
	// Every run of so many items has a panic, which is the worst there is.
	l.add("chunkscope.run.duration", fate{outcome: core.OutcomePanic, errorType: "panic"}, 1)
}

// worse keeps the first error and the worst outcome.
func worse(all, f fate) fate {
	if all.errorType == "" {
		all.errorType = f.errorType
	}
	all.outcome = max(all.outcome, f.outcome)
	return all
}

// TestCountsEqualTheLedger compares what a reader collects with what the seeds
// say, over a mix of errors, panics and exits.
func TestCountsEqualTheLedger(t *testing.T) {
	const n, size, runs = 400, 7, 20
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprintf("workers=%d", workers), func(t *testing.T) {
			p := newProbe(otelhook.WithMaxChunkSpans(10))
			exec := p.executor(core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
			want := ledger{}
			var wg sync.WaitGroup
			for seed := range uint64(runs) {
				items := draw(seed, n)
				want.expect(items, size)
				wg.Go(func() {
					_ = core.ForEach(t.Context(), exec, items, func(_ context.Context, f fate) error { return f.act() })
				})
			}
			wg.Wait()
			all := p.collect(t)
			for name, counts := range want {
				if got := values(all[name]); !maps.Equal(got, counts) {
					t.Errorf("%s\ngot  %v\nwant %v", name, got, counts)
				}
			}
			sizes := all["chunkscope.chunk.size"].Data.(metricdata.Histogram[int64]).DataPoints[0]
			if sizes.Sum != runs*n || sizes.Count != runs*((n+size-1)/size) {
				t.Errorf("%d chunks of %d items together", sizes.Count, sizes.Sum)
			}
			if spans := p.named("run import"); len(spans) != runs {
				t.Errorf("%d run spans, want %d", len(spans), runs)
			}
		})
	}
}
