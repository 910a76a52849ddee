package promhook_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

func TestDefaultRegisterer(t *testing.T) {
	registry := prometheus.NewRegistry()
	registerer, gatherer := prometheus.DefaultRegisterer, prometheus.DefaultGatherer
	prometheus.DefaultRegisterer, prometheus.DefaultGatherer = registry, registry
	t.Cleanup(func() {
		prometheus.DefaultRegisterer, prometheus.DefaultGatherer = registerer, gatherer
	})
	promhook.New().OnChunkEnd(t.Context(), chunkEnd("default"))
	scrape(t, registry).want(t, `chunks_total{executor="default",outcome="ok"}`, 1)
}

func TestHooksOfOneRegistererShareTheirMetrics(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	for i := range 3 {
		report := &statsReporter{fmt.Sprint("other", i), core.HookStats{Delivered: 1}}
		hook := promhook.New(promhook.WithRegisterer(registry), promhook.WithStatsFrom(report, report))
		e := newExecutor("shared", []core.Hook{hook})
		_ = core.ForEach(t.Context(), e, make([]int, 10), noop)
	}
	got := scrape(t, registry)
	got.want(t, `runs_total{executor="shared",outcome="ok"}`, 3)
	got.want(t, `items_total{executor="shared",outcome="ok"}`, 30)
	for i := range 3 {
		got.want(t, fmt.Sprintf(`hook_delivered_total{hook="other%d"}`, i), 1)
	}
}

func TestSharingThroughAWrappedRegisterer(t *testing.T) {
	registry := prometheus.NewRegistry()
	wrapped := prometheus.WrapRegistererWith(prometheus.Labels{"region": "eu"}, registry)
	for range 2 {
		promhook.New(promhook.WithRegisterer(wrapped)).OnChunkEnd(t.Context(), chunkEnd("a"))
	}
	scrape(t, registry).want(t, `chunks_total{executor="a",outcome="ok",region="eu"}`, 2)
}

func TestSharingNeedsTheSameHistograms(t *testing.T) {
	for name, other := range map[string]promhook.Option{
		"chunk buckets": promhook.WithChunkBuckets([]float64{1, 2}),
		"run buckets":   promhook.WithRunBuckets([]float64{1, 2}),
		"native":        promhook.WithNativeHistograms(),
	} {
		t.Run(name, func(t *testing.T) {
			registry := promhook.WithRegisterer(prometheus.NewRegistry())
			promhook.New(registry)
			wantContains(t, panicText(t, func() { promhook.New(registry, other) }), "promhook: ", "other buckets or native histograms", "same options")
		})
	}
}

// collectorWrapper is another type of collector with the same metrics.
type collectorWrapper struct{ prometheus.Collector }

func TestConflictingCollectors(t *testing.T) {
	counter := prometheus.NewCounter(prometheus.CounterOpts{Name: "chunkscope_chunks_total", Help: "Mine."})
	gauge := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "chunkscope_workers", Help: "Mine."}, []string{"queue"})
	for name, c := range map[string]struct {
		other prometheus.Collector
		words []string
	}{
		"other labels":         {counter, []string{"chunkscope_chunks_total", "WithNamespace"}},
		"other kind":           {gauge, []string{"chunkscope_workers", "WithNamespace"}},
		"the very same":        {collectorWrapper{promhook.New(promhook.WithRegisterer(nil))}, []string{"collectorWrapper", "chunkscope_runs_total", "WithNamespace"}},
		"one that is the same": {promhook.New(promhook.WithRegisterer(nil), promhook.WithConstLabels(prometheus.Labels{"a": "b"})), []string{"chunkscope_", "WithNamespace"}},
	} {
		t.Run(name, func(t *testing.T) {
			registry := prometheus.NewRegistry()
			registry.MustRegister(c.other)
			text := panicText(t, func() { promhook.New(promhook.WithRegisterer(registry)) })
			wantContains(t, text, append(c.words, "promhook: cannot register")...)
			if text := panicText(t, func() { promhook.New(promhook.WithRegisterer(registry), promhook.WithNamespace("mine")) }); text != "" {
				t.Errorf("the advice of the error does not help: %s", text)
			}
		})
	}
}

func TestWithoutARegisterer(t *testing.T) {
	hook := promhook.New(promhook.WithRegisterer(nil))
	hook.OnChunkEnd(t.Context(), chunkEnd("a"))
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(hook)
	scrape(t, registry).want(t, `chunks_total{executor="a",outcome="ok"}`, 1)
	other := promhook.New(promhook.WithRegisterer(registry)) // finds it there
	other.OnChunkEnd(t.Context(), chunkEnd("a"))
	scrape(t, registry).want(t, `chunks_total{executor="a",outcome="ok"}`, 2)
}

// TestGatherWhileHooksRegister scrapes from 16 goroutines while 16 others register
// hooks, with shared metrics and with their own, and use them.
func TestGatherWhileHooksRegister(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 10 {
				scrape(t, registry)
			}
		})
		wg.Go(func() {
			hook := promhook.New(promhook.WithRegisterer(registry), promhook.WithConstLabels(prometheus.Labels{"of": fmt.Sprint(i % 4)}))
			e := newExecutor(fmt.Sprint("e", i), []core.Hook{hook})
			_ = core.ForEach(t.Context(), e, make([]int, 100), noop)
		})
	}
	wg.Wait()
	got := scrape(t, registry)
	for i := range 16 {
		got.want(t, fmt.Sprintf(`items_total{executor="e%d",of="%d",outcome="ok"}`, i, i%4), 100)
	}
	if n, err := testutil.GatherAndCount(registry, "chunkscope_build_info"); n != 4 || err != nil {
		t.Errorf("%d series of build_info, %v; want one for each of four hooks", n, err)
	}
}
