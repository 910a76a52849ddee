package promhook_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/promhook"
)

// designed are the metrics of Chunkscope's design. notYetExported are those of
// them that this package lacks; the list is to become empty.
var (
	designed = strings.Fields(`
		runs_total run_duration_seconds runs_active
		run_last_start_timestamp_seconds run_last_completion_timestamp_seconds run_last_success_timestamp_seconds
		run_last_duration_seconds oldest_run_start_timestamp_seconds run_expected_interval_seconds
		chunks_total chunk_duration_seconds chunk_size_items chunks_active
		chunk_wait_seconds chunk_attempts_total remote_workers_lost_total oldest_chunk_start_timestamp_seconds
		items_total items_expected progress_ratio run_estimated_completion_timestamp_seconds
		workers workers_active worker_busy_seconds_total errors_total anomalies_total hook_faults_total
		hook_delivered_total hook_dropped_total hook_errors_total hook_pending build_info`)
	notYetExported = []string{
		"anomalies_total", // nothing raises an anomaly yet
	}
)

// newFullRegistry returns a registry whose hook exports every metric.
func newFullRegistry(t *testing.T) *prometheus.Registry {
	t.Helper()
	delivered := &statsReporter{"webhookhook", core.HookStats{Delivered: 3, Dropped: map[string]uint64{"queue_full": 1}}}
	hook, registry := newHook(
		promhook.WithStatsFrom(delivered), promhook.WithExpectedInterval(time.Hour), promhook.WithNativeHistograms())
	e := newExecutor("names", []core.Hook{hook}, core.WithContinueOnError())
	runMixed(t.Context(), e, 100)
	_ = core.ForEachChunk(t.Context(), e, []int{1}, func(ctx context.Context, _ []int) error {
		remote.Report(ctx, remote.Result{Worker: "host"})
		return nil
	})
	return registry
}

// describeFamilies returns "kind unit labels" of each metric, by name.
func describeFamilies(t *testing.T, g prometheus.Gatherer) map[string]string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range families {
		if isTested(strings.TrimPrefix(f.GetName(), "chunkscope_")) {
			continue
		}
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		slices.Sort(labels)
		unit := f.GetUnit()
		if unit == "" {
			unit = "-"
		}
		found[strings.TrimPrefix(f.GetName(), "chunkscope_")] = fmt.Sprintf(
			"%s %s %s", strings.ToLower(f.GetType().String()), unit, strings.Join(labels, ", "))
	}
	return found
}

func TestDesignedMetricsAreExported(t *testing.T) {
	got := slices.Sorted(maps.Keys(describeFamilies(t, newFullRegistry(t))))
	want := slices.DeleteFunc(slices.Sorted(slices.Values(designed)), func(name string) bool { return slices.Contains(notYetExported, name) })
	if !slices.Equal(got, want) {
		t.Errorf("exported are %q, want %q", got, want)
	}
	for _, name := range notYetExported {
		if !slices.Contains(designed, name) {
			t.Errorf("%s is not designed", name)
		}
	}
}

func TestTablesListTheExportedMetrics(t *testing.T) {
	want := describeFamilies(t, newFullRegistry(t))
	for file, line := range map[string]*regexp.Regexp{
		"doc.go":                regexp.MustCompile(`(?m)^//\t(\w+) +(counter|gauge|histogram) +(\S+) +(\w.*)$`),
		"../docs/prometheus.md": regexp.MustCompile("(?m)^\\| `chunkscope_(\\w+)` \\| (counter|gauge|histogram) \\| (\\S+) \\| (\\w[\\w, ]*) \\|"),
	} {
		text, err := os.ReadFile(file) //nolint:gosec // one of the two above
		if err != nil {
			t.Fatal(err)
		}
		documented := map[string]string{}
		for _, m := range line.FindAllStringSubmatch(string(text), -1) {
			labels := strings.Split(m[4], ", ")
			slices.Sort(labels)
			if _, twice := documented[m[1]]; twice {
				t.Errorf("%s lists %s twice", file, m[1])
			}
			documented[m[1]] = fmt.Sprintf("%s %s %s", m[2], m[3], strings.Join(labels, ", "))
		}
		for name, what := range want {
			if documented[name] != what {
				t.Errorf("%s says of %s: %q; exported is %q", file, name, documented[name], what)
			}
		}
		for name := range documented {
			if _, ok := want[name]; !ok {
				t.Errorf("%s lists %s, which is not exported", file, name)
			}
		}
	}
}

func TestLint(t *testing.T) {
	problems, err := testutil.GatherAndLint(newFullRegistry(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestHelpSaysWhatZeroMeans(t *testing.T) {
	families, err := newFullRegistry(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if help := f.GetHelp(); !regexp.MustCompile(`\b0: \w|Never 0|Always 1`).MatchString(help) || !strings.HasSuffix(help, ".") {
			t.Errorf("%s: %s", f.GetName(), help)
		}
	}
}

func TestSeriesExistFromTheStart(t *testing.T) {
	hook, registry := newHook()
	hook.OnRunStart(t.Context(), core.RunStart{Executor: "new", Items: 10, Workers: 2, Started: time.Now()})
	got := scrape(t, registry)
	for _, name := range []string{"runs", "chunks", "items"} {
		for _, outcome := range []string{"ok", "error", "panic", "canceled"} {
			if name == "items" && outcome == "canceled" {
				continue // an unfinished item does not count
			}
			got.want(t, fmt.Sprintf(`%s_total{executor="new",outcome=%q}`, name, outcome), 0)
		}
	}
	for _, kind := range []string{"panic", "goexit", "timeout", "canceled"} {
		got.want(t, fmt.Sprintf(`errors_total{executor="new",type=%q}`, kind), 0)
	}
	for _, name := range []string{"run_duration_seconds", "chunk_duration_seconds", "chunk_size_items"} {
		got.want(t, name+`_count{executor="new"}`, 0)
	}
	got.want(t, `hook_faults_total{executor="new",hook="promhook"}`, 0)
	got.want(t, `worker_busy_seconds_total{executor="new"}`, 0)
	got.want(t, `runs_active{executor="new"}`, 1)
	got.want(t, `items_expected{executor="new"}`, 10)
	got.want(t, `workers{executor="new"}`, 2)
	got.wantNone(t, "run_expected_interval_seconds")
	got.wantNone(t, "hook_delivered_total")

	// Chunks of this process have nothing that only remote ones have.
	hook.OnChunkEnd(t.Context(), core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "new", Items: 1}, Outcome: core.OutcomeOK, Attempts: 1})
	got = scrape(t, registry)
	for _, name := range []string{"chunk_wait_seconds", "chunk_attempts_total", "remote_workers_lost_total"} {
		got.wantNone(t, name)
	}
}

func TestBuildInfo(t *testing.T) {
	hook, registry := newHook()
	if got := testutil.CollectAndCount(hook, "chunkscope_build_info"); got != 1 {
		t.Errorf("%d series of build_info before the first run, want 1", got)
	}
	for sample, value := range scrape(t, registry) {
		if !strings.HasPrefix(sample, "build_info") {
			t.Errorf("%s before the first run", sample)
		} else if value != 1 || !strings.Contains(sample, `goversion="go1.`) || strings.Contains(sample, `version=""`) {
			t.Errorf("%s = %v", sample, value)
		}
	}
}

func TestErrorTypes(t *testing.T) {
	hook, registry := newHook()
	for _, err := range []error{errBoom, os.ErrDeadlineExceeded, &core.PanicError{Value: 1}, core.ErrGoexit, nil} {
		hook.OnItemFailure(t.Context(), core.ItemFailure{Executor: "a", Items: 1, Outcome: core.OutcomeError, Err: err})
	}
	ended := core.RunEnd{Outcome: core.OutcomeError, Err: fmt.Errorf("source: %w", os.ErrPermission)}
	ended.Executor = "a"
	hook.OnRunEnd(t.Context(), ended)
	ended.ItemsFailed = 1 // counted with the item
	hook.OnRunEnd(t.Context(), ended)
	ended.ItemsFailed, ended.Outcome = 0, core.OutcomeCanceled // no failure
	hook.OnRunEnd(t.Context(), ended)
	got := scrape(t, registry)
	for kind, n := range map[string]float64{
		"errors.errorString": 2, "timeout": 1, "panic": 1, "goexit": 1, "unknown": 1, "canceled": 0,
	} {
		got.want(t, fmt.Sprintf(`errors_total{executor="a",type=%q}`, kind), n)
	}
}

var errBoom = errors.New("boom")

// A chunk that gave items back counts with the size that it had in the end.
func TestChunkSizeWithoutReturnedItems(t *testing.T) {
	hook, registry := newHook()
	hook.OnChunkEnd(t.Context(), core.ChunkEnd{
		ChunkStart: core.ChunkStart{Executor: "job", Items: 10}, ItemsDone: 4, Returned: 6, Outcome: core.OutcomeOK,
	})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "chunkscope_chunk_size_items" {
			if sum := f.GetMetric()[0].GetHistogram().GetSampleSum(); sum != 4 {
				t.Errorf("the chunk's size is %v, want 4", sum)
			}
			return
		}
	}
	t.Error("there is no chunk size")
}
