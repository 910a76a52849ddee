package prom_test

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/promhook"
)

// documented returns the queries in docs/prometheus.md, in order.
func documented(t *testing.T) (queries []string) {
	t.Helper()
	text, err := os.ReadFile("../../../docs/prometheus.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("(?s)```promql\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		queries = append(queries, m[1])
	}
	return queries
}

// TestQueriesNameWhatIsExported parses all documented queries and checks that
// their metrics and labels are in a real scrape.
func TestQueriesNameWhatIsExported(t *testing.T) {
	scrape := read(t, usedHook(t), openMetrics)
	for _, query := range documented(t) {
		for _, problem := range scrape.Problems(query) {
			t.Errorf("%s: %s", query, problem)
		}
	}
}

// growingDrops is a hook that drops one more value each time its health is
// read.
type growingDrops struct{ dropped uint64 }

func (*growingDrops) HookName() string { return "webhookhook" }
func (g *growingDrops) Stats() core.HookStats {
	g.dropped++
	return core.HookStats{Dropped: map[string]uint64{"queue_full": g.dropped}}
}

// TestQueriesAnswerTheirQuestions evaluates all documented queries over 20
// minutes of scrapes of three executors. One is busy, failing and late, one is
// stuck in a chunk, and one is idle after a success.
func TestQueriesAnswerTheirQuestions(t *testing.T) {
	const minutes = 20
	now := time.Now().Truncate(time.Second)
	hook := promhook.New(promhook.WithRegisterer(nil), promhook.WithExpectedInterval(24*time.Hour), promhook.WithStatsFrom(&growingDrops{}))

	ended := func(executor string, at time.Time, o core.Outcome) {
		start := core.RunStart{Executor: executor, Items: 1, Workers: 2, Started: at.Add(-time.Hour)}
		hook.OnRunEnd(hook.OnRunStart(t.Context(), start), core.RunEnd{RunStart: start, Ended: at, Duration: time.Hour, Outcome: o, Err: errBoom})
	}
	ended("busy", now.Add(-50*time.Hour), core.OutcomeOK)
	ended("busy", now.Add(-26*time.Hour), core.OutcomeError)
	ended("well", now.Add(-time.Hour), core.OutcomeOK)
	ctx := hook.OnRunStart(t.Context(), core.RunStart{Executor: "busy", Items: 4000, Workers: 2, Started: now.Add(-time.Hour)})
	hook.OnFault(ctx, core.Fault{Executor: "busy", Hook: "webhookhook"})
	stuck := hook.OnRunStart(t.Context(), core.RunStart{Executor: "stuck", Items: 100, Workers: 2, Started: now.Add(-time.Hour)})
	hook.OnProgress(stuck, core.Progress{Items: 100, ItemsDone: 10, ChunksActive: 2, OldestChunk: core.ActiveChunk{Started: now.Add(-time.Hour)}})

	db := prom.NewDatabase(t)
	for minute := range minutes + 1 {
		at := now.Add(time.Duration(minute-minutes) * time.Minute)
		chunk := core.ChunkEnd{Duration: 30 * time.Second, ItemsDone: 100, ItemsFailed: 10, Outcome: core.OutcomeError}
		chunk.Executor, chunk.Items = "busy", 100
		hook.OnItemFailure(ctx, core.ItemFailure{Executor: "busy", Items: 10, Outcome: core.OutcomeError, Err: errBoom})
		hook.OnChunkEnd(ctx, chunk)
		hook.OnProgress(ctx, core.Progress{
			At: at, Items: 4000, ItemsDone: 100 * (minute + 1), ChunksActive: 1, OldestChunk: core.ActiveChunk{Started: at.Add(-30 * time.Second)},
			Remaining: core.Estimate{Known: true, Expected: 10 * time.Minute},
		})
		if minute == minutes/2 {
			hook.OnFault(ctx, core.Fault{Executor: "busy", Hook: "webhookhook"})
		}
		db.Append(t, read(t, hook, openMetrics), "nightly", at)
	}

	want := [][]string{
		{"busy 1", "stuck 1", "well 0"},        // alive?
		{"busy 0.525", "stuck 0.1"},            // how far?
		{"busy 1.667", "stuck 0", "well 0"},    // how fast?
		{"busy 29.8", "stuck NaN", "well NaN"}, // how long do chunks take?
		{"busy 0.25", "stuck 0"},               // how busy are the workers?
		{"busy 600"},                           // when?
		{"busy 30", "stuck 3600"},              // how old is the oldest chunk?
		{"stuck 1"},                            // stuck?
		{"busy 0.1"},                           // how many items fail?
		{"busy errors.errorString 20.5"},       // of what?
		{"busy -93600"},                        // which did not succeed?
		{"busy 180000"},                        // which is late?
		{"busy 180000"},                        // which has not succeeded for a day?
		{"busy webhookhook 1.025"},             // which hook misbehaves?
		{"webhookhook queue_full 20.5"},        // which loses something?
	}
	queries := documented(t)
	if len(queries) != len(want) {
		t.Fatalf("%d queries are documented, %d are tested", len(queries), len(want))
	}
	for i, query := range queries {
		vector, err := db.Query(t.Context(), query, now)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, s := range vector {
			value := s.F
			if strings.Contains(query, "run_last_completion") {
				value -= float64(now.Unix())
			}
			var words []string
			for _, l := range []string{"executor", "hook", "type", "reason"} {
				if v := s.Metric.Get(l); v != "" {
					words = append(words, v)
				}
			}
			got = append(got, fmt.Sprint(strings.Join(words, " "), " ", math.Round(value*1000)/1000))
			if place := []string{s.Metric.Get("job"), s.Metric.Get("instance")}; !slices.Equal(place, []string{"nightly", "localhost:9090"}) {
				t.Errorf("%s: a result of %v", query, s.Metric)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s: %q, want %q", query, got, want[i])
		}
	}
}

// TestQueriesKeepPlacesApart evaluates all documented queries over scrapes of two
// clusters, two namespaces and two machines. What is true of a process in one place
// must show there, though another one is well. A pod that is replaced must clear.
func TestQueriesKeepPlacesApart(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	bad, good := promhook.New(promhook.WithRegisterer(nil), promhook.WithExpectedInterval(time.Hour)), promhook.New(promhook.WithRegisterer(nil), promhook.WithExpectedInterval(time.Hour))
	ended := func(hook *promhook.Hook, at time.Time, o core.Outcome) {
		start := core.RunStart{Executor: "import", Items: 1, Workers: 2, Started: at.Add(-time.Minute)}
		hook.OnRunEnd(hook.OnRunStart(t.Context(), start), core.RunEnd{RunStart: start, Ended: at, Duration: time.Minute, Outcome: o, Err: errBoom})
	}
	ended(bad, now.Add(-50*time.Hour), core.OutcomeOK)
	ended(bad, now.Add(-time.Hour), core.OutcomeError)
	ended(good, now.Add(-time.Minute), core.OutcomeOK)

	db := prom.NewDatabase(t)
	scrape := func(hook *promhook.Hook, at time.Duration, target ...string) {
		db.AppendTarget(t, read(t, hook, openMetrics), now.Add(at), append(target, "job", "nightly")...)
	}
	scrape(bad, 0, "instance", "db-1")
	scrape(good, 0, "instance", "db-2")
	scrape(bad, 0, "instance", "10.0.0.1", "pod", "a", "namespace", "production", "cluster", "eu")
	scrape(good, 0, "instance", "10.0.0.2", "pod", "b", "namespace", "staging", "cluster", "eu")
	scrape(good, 0, "instance", "10.0.0.1", "pod", "a", "namespace", "production", "cluster", "us")
	scrape(bad, -time.Hour, "instance", "10.0.0.3", "pod", "c", "namespace", "etl", "cluster", "eu")
	scrape(good, 0, "instance", "10.0.0.4", "pod", "d", "namespace", "etl", "cluster", "eu")

	found := 0
	for _, query := range documented(t) {
		if !strings.Contains(query, "run_last_success") {
			continue // it does not aggregate over places, or look back
		}
		found++
		vector, err := db.Query(t.Context(), query, now)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []string
		for _, s := range vector {
			got = append(got, strings.TrimSpace(s.Metric.Get("instance")+" "+s.Metric.Get("namespace")+" "+s.Metric.Get("cluster")))
		}
		slices.Sort(got)
		if want := []string{"db-1", "production eu"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	if found != 3 {
		t.Errorf("%d queries look back over days, want 3", found)
	}
}

// TestQueriesDoNotMixPlaces checks that no documented query aggregates by some
// labels, which mixes what differs in others.
func TestQueriesDoNotMixPlaces(t *testing.T) {
	for _, query := range documented(t) {
		if strings.Contains(query, " by (") || strings.Contains(query, " on (") || strings.Contains(query, "sum(") {
			t.Errorf("it mixes places: %s", query)
		}
	}
}
