package promhook_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// TestTenThousandExecutors checks that the number of executors with series is
// bounded.
func TestTenThousandExecutors(t *testing.T) {
	hook, registry := newHook()
	const names, own = 10_000, 200
	for i := range names {
		_ = core.ForEach(t.Context(), newExecutor(fmt.Sprint("tenant-", i), []core.Hook{hook}), make([]int, 2), noop)
	}
	got := scrape(t, registry)
	executors := 0
	for sample := range got {
		if strings.HasPrefix(sample, "runs_active{") {
			executors++
		}
	}
	if executors != own+1 {
		t.Errorf("%d executors have series, want %d and one for the others", executors, own)
	}
	got.want(t, `runs_total{executor="tenant-0",outcome="ok"}`, 1)
	got.want(t, `runs_total{executor="_other",outcome="ok"}`, names-own)
	got.want(t, `items_total{executor="_other",outcome="ok"}`, 2*(names-own))
	got.want(t, `runs_active{executor="_other"}`, 0)
}

// typedError is an error whose type is any text.
type typedError string

func (e typedError) Error() string     { return "typed" }
func (e typedError) ErrorType() string { return string(e) }

func TestThousandsOfErrorTypes(t *testing.T) {
	hook, registry := newHook()
	for i := range 5000 {
		hook.OnItemFailure(t.Context(), core.ItemFailure{Executor: "a", Items: 1, Outcome: core.OutcomeError, Err: typedError(fmt.Sprint("type", i))})
		hook.OnFault(t.Context(), core.Fault{Executor: "a", Hook: fmt.Sprint("hook", i)})
	}
	got := scrape(t, registry)
	for name, known := range map[string]int{"errors_total": 4, "hook_faults_total": 1} { // the initial ones are among the 32
		types, sum, other := 0, 0.0, 0.0
		for sample, value := range got {
			if strings.HasPrefix(sample, name+"{") {
				types++
				sum += value
				if strings.Contains(sample, `"_other"`) {
					other = value
				}
			}
		}
		if types != 33 || sum != 5000 || other != float64(5000-32+known) {
			t.Errorf("%s has %d series with a sum of %v and %v of others, want 33, 5000 and %d", name, types, sum, other, 5000-32+known)
		}
	}
}

// TestHostileTexts checks that no text breaks a scrape, and that the events of
// each text count.
func TestHostileTexts(t *testing.T) {
	texts := []string{
		"", "unknown", "_other", strings.Repeat("x", 1<<20), strings.Repeat("x", 1<<20) + "y", "a\xffb", "a\xfeb", "a\nb", `a"b\`, "\x00",
		"{__name__=\"up\"} 1", "\u202egnp", strings.Repeat("\xe4\xbd", 1000), "job", "🚀",
	}
	dropped := map[string]uint64{}
	for i, text := range texts {
		dropped[text] = uint64(i + 1)
	}
	hook, registry := newHook(promhook.WithStatsFrom(&statsReporter{texts[3], core.HookStats{Dropped: dropped}}, &statsReporter{"", core.HookStats{}}))
	for _, text := range texts {
		_ = core.ForEach(t.Context(), newExecutor("real"+text, []core.Hook{hook}), make([]int, 1), noop)
		hook.OnChunkEnd(t.Context(), chunkEnd(text))
		hook.OnItemFailure(t.Context(), core.ItemFailure{Executor: text, Items: 1, Outcome: core.OutcomeError, Err: typedError(text)})
		hook.OnItemFailure(t.Context(), core.ItemFailure{Executor: text, Items: 1, Outcome: core.OutcomePanic, Err: &core.PanicError{Value: errors.New(text)}})
		hook.OnFault(t.Context(), core.Fault{Executor: text, Hook: text})
	}
	sums := map[string]float64{}
	for sample, value := range scrape(t, registry) {
		if len(sample) > 1000 {
			t.Errorf("sample of %d bytes: %.200s", len(sample), sample)
		}
		name, _, _ := strings.Cut(sample, "{")
		sums[name] += value
	}
	n := float64(len(texts))
	for name, want := range map[string]float64{"chunks_total": 2 * n, "errors_total": 2 * n, "hook_faults_total": n, "hook_dropped_total": n * (n + 1) / 2} {
		if sums[name] != want {
			t.Errorf("%s sums up to %v, want %v", name, sums[name], want)
		}
	}
}

// TestHostileNumbers sends events with zero, negative and huge numbers, as no
// executor does. No scrape fails and no counter falls.
func TestHostileNumbers(t *testing.T) {
	hook, registry := newHook()
	before := samples{}
	for _, n := range []int{0, -1, math.MinInt, math.MaxInt} {
		for _, o := range []core.Outcome{0, core.OutcomeOK, core.OutcomePanic, 200} {
			start := core.RunStart{Executor: "a", Items: n, Workers: n}
			ctx := hook.OnRunStart(t.Context(), start)
			hook.OnProgress(ctx, core.Progress{
				Executor: "a", Items: n, ItemsDone: n, ChunksActive: n, Throughput: math.NaN(), AverageThroughput: math.Inf(1),
				Remaining: core.Estimate{Known: true, Expected: time.Duration(n)},
			})
			chunk := core.ChunkEnd{Duration: time.Duration(n), ItemsDone: n, ItemsFailed: -n, Outcome: o}
			chunk.Executor, chunk.Items = "a", n
			hook.OnChunkEnd(ctx, chunk)
			hook.OnItemFailure(ctx, core.ItemFailure{Executor: "a", Items: n, Outcome: o})
			now := scrape(t, registry)
			checkNumbers(t, before, now)
			hook.OnRunEnd(ctx, core.RunEnd{RunStart: start, Duration: time.Duration(n), Outcome: o, ItemsFailed: n})
			before = scrape(t, registry)
			checkNumbers(t, now, before)
		}
	}
}

func checkNumbers(t *testing.T, before, now samples) {
	t.Helper()
	for sample, value := range now {
		counts := strings.Contains(sample, "_total{") || strings.Contains(sample, "_bucket{") || strings.Contains(sample, "_count{")
		switch name, _, _ := strings.Cut(sample, "{"); {
		case math.IsNaN(value):
			t.Errorf("%s is not a number", sample)
		case value < 0 && !strings.HasSuffix(name, "_timestamp_seconds"):
			t.Errorf("%s is %v", sample, value)
		case counts && value < before[sample]:
			t.Errorf("%s fell from %v to %v", sample, before[sample], value)
		case name == "progress_ratio" && value > 1:
			t.Errorf("%s is %v", sample, value)
		}
	}
}
