package prom_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/promhook"
)

const (
	textFormat  = "text/plain; version=0.0.4"
	openMetrics = "application/openmetrics-text; version=1.0.0"
	protobuf    = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)

var errBoom = errors.New("boom")

// read scrapes a hook in a format.
func read(t *testing.T, hook *promhook.Hook, format string) *prom.Scrape {
	t.Helper()
	return prom.Get(t, hook.Handler(), format)
}

// sample is the name of a sample of an executor.
func sample(name, executor string, more ...string) string {
	return labels.FromStrings(append([]string{"__name__", "chunkscope_" + name, "executor", executor}, more...)...).String()
}

// reporter is a hook whose health is exported.
type reporter struct{}

func (reporter) HookName() string { return "webhookhook" }
func (reporter) Stats() core.HookStats {
	return core.HookStats{Delivered: 3, Dropped: map[string]uint64{"queue_full": 1}}
}

// usedHook returns a hook with every metric there is, after runs of executors
// with hostile names.
func usedHook(t *testing.T, opts ...promhook.Option) *promhook.Hook {
	t.Helper()
	hook := promhook.New(append([]promhook.Option{
		promhook.WithRegisterer(nil), promhook.WithExpectedInterval(time.Hour), promhook.WithStatsFrom(reporter{}),
		promhook.WithExemplar(func(context.Context) prometheus.Labels { return prometheus.Labels{"trace_id": "7f3a"} }),
	}, opts...)...)
	for _, name := range []string{"job", "a\"b\\c", "a\nb", "\xff", "{x=\"y\"} 1 # EOF", strings.Repeat("x", 1<<20)} {
		e := core.NewExecutor(core.WithName("job"), core.WithContinueOnError(), core.WithChunkSize(10))
		if name != "job" {
			e = core.NewExecutor(core.WithName("n"+name), core.WithContinueOnError(), core.WithChunkSize(10))
		}
		e.Register(hook)
		_ = core.ForEach(t.Context(), e, make([]int, 100), func(ctx context.Context, _ int) error {
			if info, _ := core.ChunkFrom(ctx); info.Index == 3 {
				return errBoom
			}
			return nil
		})
	}
	return hook
}

// TestFormats checks that a server reads the same from all formats.
func TestFormats(t *testing.T) {
	hook := usedHook(t, promhook.WithNativeHistograms())
	text, open, proto := read(t, hook, textFormat), read(t, hook, openMetrics), read(t, hook, protobuf)
	for _, s := range []*prom.Scrape{text, open, proto} {
		if got := s.Samples[sample("items_total", "job", "outcome", "error")]; got != 10 {
			t.Errorf("%v items failed, want 10", got)
		}
		if got := s.Samples[sample("chunk_duration_seconds_count", "job")]; got != 10 {
			t.Errorf("%v chunks, want 10", got)
		}
		if !maps.Equal(s.Samples, text.Samples) {
			t.Errorf("%d samples, want the %d of the text format", len(s.Samples), len(text.Samples))
		}
	}
	if got := proto.Native[sample("chunk_duration_seconds", "job")]; got != 10 {
		t.Errorf("%d observations in the native histogram, want 10", got)
	}
	if len(open.Units) == 0 || open.Units["chunkscope_run_duration_seconds"] != "seconds" || open.Units["chunkscope_chunk_size_items"] != "items" {
		t.Errorf("units %v", open.Units)
	}
	for name, unit := range open.Units {
		if !strings.HasSuffix(name, "_"+unit) {
			t.Errorf("%s has the unit %s, which OpenMetrics wants in its name", name, unit)
		}
	}
	for name, help := range text.Helps {
		if help == "" || text.Types[name] == "" || text.Types[name] == "unknown" {
			t.Errorf("%s: help %q, type %q", name, help, text.Types[name])
		}
	}
	exemplars := 0
	for series, e := range open.Exemplars {
		exemplars++
		if e.Labels.Get("trace_id") != "7f3a" || !e.HasTs {
			t.Errorf("%s: exemplar %v", series, e)
		}
	}
	if exemplars == 0 {
		t.Error("OpenMetrics has no exemplars")
	}
	for _, s := range text.Series {
		for name, value := range s.Map() {
			if len(value) > 128 || strings.Contains(value, "\n") || !utf8.ValidString(value) {
				t.Errorf("label %s of %d bytes: %.200q", name, len(value), value)
			}
		}
	}
}

// TestScrapeIsBounded checks that 10,000 executors lead to at most 201 labels.
func TestScrapeIsBounded(t *testing.T) {
	hook := promhook.New(promhook.WithRegisterer(nil))
	end := core.ChunkEnd{Outcome: core.OutcomeOK, ItemsDone: 1}
	end.Items = 1
	for i := range 10_000 {
		end.Executor = fmt.Sprint("tenant-", i)
		hook.OnChunkEnd(t.Context(), end)
	}
	executors := map[string]bool{}
	for _, s := range read(t, hook, openMetrics).Series {
		executors[s.Get("executor")] = true
	}
	if delete(executors, ""); len(executors) != 201 || !executors["_other"] {
		t.Errorf("%d executors, want 200 and _other", len(executors))
	}
}

// process pushes what a process knows after its only run.
func process(t *testing.T, g *prom.Gateway, of, name string, err error) {
	t.Helper()
	hook := promhook.New(promhook.WithRegisterer(nil))
	e := core.NewExecutor(core.WithName(name))
	e.Register(hook)
	_ = core.ForEach(t.Context(), e, make([]int, 10), func(context.Context, int) error { return err })
	if err := hook.Push(t.Context(), g.URL, promhook.WithPushJob("nightly"), promhook.WithPushProcess(of), promhook.WithPushClient(g.Client)); err != nil {
		t.Fatal(err)
	}
}

// TestPushKeepsTheLastSuccess pushes to a Pushgateway, which replaces metrics
// of the same name in a group and keeps others. A process that fails must keep
// the success of the process before.
func TestPushKeepsTheLastSuccess(t *testing.T) {
	g := prom.StartGateway(t)
	const success, completion = "run_last_success_timestamp_seconds", "run_last_completion_timestamp_seconds"
	for _, name := range []string{"import", "my job/2", "50% + x", "Größe"} {
		of := func(s *prom.Scrape, metric string, more ...string) float64 {
			return s.Samples[sample(metric, name, append([]string{"instance", "", "job", "nightly", "process", "0"}, more...)...)]
		}
		process(t, g, "0", name, nil)
		first := g.Scrape(t)
		if of(first, success) == 0 || of(first, completion) == 0 {
			t.Fatalf("%q: no success in %q", name, slices.Sorted(maps.Keys(first.Samples)))
		}
		process(t, g, "0", name, errBoom)
		second := g.Scrape(t)
		if of(second, success) != of(first, success) {
			t.Errorf("%q: a failed run moved the last success from %v to %v", name, of(first, success), of(second, success))
		}
		if of(second, completion) <= of(first, completion) {
			t.Errorf("%q: a failed run did not move the last completion", name)
		}
		if ok, failed := of(second, "runs_total", "outcome", "ok"), of(second, "runs_total", "outcome", "error"); ok != 0 || failed != 1 {
			t.Errorf("%q: runs ok %v, error %v; want those of the last process", name, ok, failed)
		}
	}
	for _, s := range g.Scrape(t).Series {
		if name := s.Get("__name__"); strings.HasPrefix(name, "chunkscope_") && name != "chunkscope_build_info" && s.Get("executor") == "" {
			t.Errorf("%v has no executor", s)
		}
	}
}

// TestPushedProcessesAreApart checks that a gateway has the series of both processes
// of a job, though their executors share a name.
func TestPushedProcessesAreApart(t *testing.T) {
	g := prom.StartGateway(t)
	for _, name := range []string{"import", "my job/2"} {
		for _, host := range []string{"db-1", "db/2 ü"} {
			process(t, g, host, name, errBoom)
		}
		process(t, g, "db-1", name, nil)
		s := g.Scrape(t)
		for host, want := range map[string]float64{"db-1": 0, "db/2 ü": 1} {
			series := sample("runs_total", name, "instance", "", "job", "nightly", "outcome", "error", "process", host)
			if got, ok := s.Samples[series]; !ok || got != want {
				t.Errorf("%s is %v (exists: %v), want %v", series, got, ok, want)
			}
			build := 0
			for _, series := range s.Series {
				if series.Get("__name__") == "chunkscope_build_info" && series.Get("process") == host {
					build++
				}
			}
			if build != 1 {
				t.Errorf("%d series of build_info of %s", build, host)
			}
		}
	}
}

// TestPushNative checks that a Pushgateway accepts native histograms.
func TestPushNative(t *testing.T) {
	g := prom.StartGateway(t)
	hook := usedHook(t, promhook.WithNativeHistograms())
	if err := hook.Push(t.Context(), g.URL, promhook.WithPushClient(g.Client)); err != nil {
		t.Fatal(err)
	}
	if err := hook.Push(t.Context(), g.URL, promhook.WithPushClient(g.Client)); err != nil {
		t.Errorf("the second time: %v", err)
	}
}
