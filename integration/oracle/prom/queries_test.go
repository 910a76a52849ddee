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
	hook.OnProgress(stuck, core.Progress{Items: 100, ItemsDone: 10, ChunksActive: 2, OldestChunkStart: now.Add(-time.Hour)})

	db := prom.NewDatabase(t)
	for minute := range minutes + 1 {
		at := now.Add(time.Duration(minute-minutes) * time.Minute)
		chunk := core.ChunkEnd{Duration: 30 * time.Second, ItemsDone: 100, ItemsFailed: 10, Outcome: core.OutcomeError}
		chunk.Executor, chunk.Items = "busy", 100
		hook.OnItemFailure(ctx, core.ItemFailure{Executor: "busy", Items: 10, Outcome: core.OutcomeError, Err: errBoom})
		hook.OnChunkEnd(ctx, chunk)
		hook.OnProgress(ctx, core.Progress{
			At: at, Items: 4000, ItemsDone: 100 * (minute + 1), ChunksActive: 1, OldestChunkStart: at.Add(-30 * time.Second),
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
			if s.Metric.Get("job") != "nightly" || s.Metric.Has("__name__") {
				t.Errorf("%s: a result of %v", query, s.Metric)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want[i]) {
			t.Errorf("%s: %q, want %q", query, got, want[i])
		}
	}
}
