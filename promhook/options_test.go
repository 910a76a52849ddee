package promhook_test

import (
	"context"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

func noop(context.Context, int) error { return nil }

func TestInvalidOptions(t *testing.T) {
	for name, c := range map[string]struct {
		option promhook.Option
		words  []string
	}{
		"namespace with a dash":  {promhook.WithNamespace("my-app"), []string{"WithNamespace", `"my-app"`, "underscores"}},
		"namespace with a digit": {promhook.WithNamespace("1st"), []string{"WithNamespace", `"1st"`}},
		"namespace in bytes":     {promhook.WithNamespace("a\xff"), []string{"WithNamespace", `"a\xff"`}},
		"label job":              {constLabel("job", "x"), []string{"WithConstLabels", `"job"`, "another name"}},
		"label instance":         {constLabel("instance", "x"), []string{`"instance"`, "another name"}},
		"label executor":         {constLabel("executor", "x"), []string{`"executor"`, "another name"}},
		"label process":          {constLabel("process", "x"), []string{`"process"`, "another name"}},
		"label le":               {constLabel("le", "x"), []string{`"le"`}},
		"label with a dot":       {constLabel("a.b", "x"), []string{`"a.b"`, "letters, digits and underscores"}},
		"label of the server":    {constLabel("__name__", "x"), []string{`"__name__"`}},
		"value in bytes":         {constLabel("a", "\xff"), []string{`"a"`, "UTF-8"}},
		"chunk buckets":          {promhook.WithChunkBuckets([]float64{1, 1}), []string{"WithChunkBuckets", "bound 1 at position 1", "increasing"}},
		"run buckets":            {promhook.WithRunBuckets([]float64{1, math.NaN()}), []string{"WithRunBuckets", "NaN", "finite"}},
		"endless bucket":         {promhook.WithRunBuckets([]float64{math.Inf(1)}), []string{"+Inf", "finite"}},
		"typed nil":              {promhook.WithRegisterer((*prometheus.Registry)(nil)), []string{"WithRegisterer(nil *prometheus.Registry)", "typed nil"}},
		"interval":               {promhook.WithExpectedInterval(-time.Second), []string{"WithExpectedInterval(-1s)"}},
	} {
		t.Run(name, func(t *testing.T) {
			wantContains(t, panicText(t, func() { promhook.New(promhook.WithRegisterer(nil), c.option) }), append(c.words, "promhook: ")...)
		})
	}
}

func constLabel(name, value string) promhook.Option {
	return promhook.WithConstLabels(prometheus.Labels{name: value})
}

// TestAllMistakesAreReported checks that New panics once, with an error that
// names each mistake in the order of the options.
func TestAllMistakesAreReported(t *testing.T) {
	text := panicText(t, func() {
		promhook.New(promhook.WithRegisterer((*prometheus.Registry)(nil)), promhook.WithNamespace("my-app"), promhook.WithNamespace("mine"),
			promhook.WithConstLabels(prometheus.Labels{"job": "a", "a.b": "c", "region": "eu"}), promhook.WithRunBuckets([]float64{2, 1}),
			promhook.WithExpectedInterval(-time.Second))
	})
	want := []string{
		"promhook: WithRegisterer(nil *prometheus.Registry): ", `promhook: WithNamespace("my-app"): `,
		`promhook: WithConstLabels("a.b"): `, `promhook: WithConstLabels("job"): `,
		"promhook: WithRunBuckets([2 1]): ", "promhook: WithExpectedInterval(-1s): ",
	}
	lines := strings.Split(text, "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d mistakes are reported, want %d:\n%s", len(lines), len(want), text)
	}
	for i, line := range lines {
		if !strings.HasPrefix(line, want[i]) || !strings.Contains(line, "; ") {
			t.Errorf("mistake %d is %q, want %s… and what to do", i, line, want[i])
		}
	}
}

func TestNilKeepsTheDefaults(t *testing.T) {
	hook, registry := newHook(
		nil, promhook.WithNamespace(""), promhook.WithConstLabels(nil), promhook.WithChunkBuckets(nil), promhook.WithRunBuckets([]float64{}),
		promhook.WithExemplar(nil), promhook.WithExpectedInterval(0), promhook.WithStatsFrom(nil, (*statsReporter)(nil)))
	_ = core.ForEach(t.Context(), newExecutor("a", []core.Hook{hook}), make([]int, 3), noop)
	got := scrape(t, registry)
	got.want(t, `chunk_duration_seconds_bucket{executor="a",le="3600"}`, got[`chunk_duration_seconds_count{executor="a"}`])
	got.want(t, `run_duration_seconds_bucket{executor="a",le="86400"}`, 1)
	got.wantNone(t, "run_expected_interval_seconds")
	got.wantNone(t, "hook_pending")
}

func TestOptionsCopyTheirArguments(t *testing.T) {
	labels, buckets := prometheus.Labels{"suite": "a"}, []float64{1, 2}
	opts := []promhook.Option{promhook.WithConstLabels(labels), promhook.WithChunkBuckets(buckets), promhook.WithRunBuckets(buckets)}
	labels["suite"], buckets[0] = "b", 9
	hook, registry := newHook(opts...)
	hook.OnChunkEnd(t.Context(), chunkEnd("x"))
	scrape(t, registry).want(t, `chunk_duration_seconds_bucket{executor="x",suite="a",le="1"}`, 1)
}

func TestNamespace(t *testing.T) {
	hook := promhook.New(promhook.WithRegisterer(nil), promhook.WithNamespace("etl"))
	hook.OnChunkEnd(t.Context(), chunkEnd("x"))
	if got := testutil.CollectAndCount(hook, "etl_chunks_total"); got != 4 {
		t.Errorf("%d series of etl_chunks_total, want 4", got)
	}
}

func TestNativeHistogramsKeepTheirBuckets(t *testing.T) {
	hook, registry := newHook(promhook.WithNativeHistograms())
	hook.OnChunkEnd(t.Context(), chunkEnd("x"))
	scrape(t, registry).want(t, `chunk_duration_seconds_bucket{executor="x",le="0.001"}`, 1)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if h := f.GetMetric()[0].GetHistogram(); h != nil && h.Schema == nil {
			t.Errorf("%s has no native buckets", f.GetName())
		}
	}
}

func TestStatsFrom(t *testing.T) {
	first := &statsReporter{"webhookhook", core.HookStats{Delivered: 5, Pending: 2, Errors: 3, Dropped: map[string]uint64{"queue_full": 1}}}
	second := &statsReporter{"webhookhook", core.HookStats{Delivered: 1, Dropped: map[string]uint64{"queue_full": 1, "too\nlarge": 4}}}
	_, registry := newHook(promhook.WithStatsFrom(first, panickingReporter{}, exitingReporter{}), promhook.WithStatsFrom(second, first))
	got := scrape(t, registry)
	for sample, want := range map[string]float64{
		`hook_delivered_total{hook="webhookhook"}`:                   6,
		`hook_pending{hook="webhookhook"}`:                           2,
		`hook_errors_total{hook="webhookhook"}`:                      3,
		`hook_dropped_total{hook="webhookhook",reason="queue_full"}`: 2,
	} {
		got.want(t, sample, want)
	}
	if len(got) != 6 { // these, the other reason and build_info
		t.Errorf("samples %v", got)
	}
	first.health.Delivered = 7
	scrape(t, registry).want(t, `hook_delivered_total{hook="webhookhook"}`, 8)
}

// panickingReporter is a reporter that panics. Its type is not comparable.
type panickingReporter struct{ _ []int }

func (panickingReporter) HookName() string      { return "panicking" }
func (panickingReporter) Stats() core.HookStats { panic("no stats") }

// exitingReporter is a reporter that ends the goroutine of its caller.
type exitingReporter struct{}

func (exitingReporter) HookName() string { return "exiting" }
func (exitingReporter) Stats() core.HookStats {
	runtime.Goexit()
	return core.HookStats{}
}
