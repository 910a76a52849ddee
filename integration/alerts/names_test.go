package alerts_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/promhook"
)

// exportedSeries returns a scrape of a real job with all metrics of promhook,
// and the series that the rules record.
func exportedSeries(t *testing.T) *prom.Scrape {
	t.Helper()
	var s *prom.Scrape
	synctest.Test(t, func(t *testing.T) {
		w := &simulation{t: t}
		health := &healthReporter{core.HookStats{Delivered: 1, Dropped: map[string]uint64{"gave_up": 1}}}
		p := w.startProcess("a", daily, promhook.WithStatsFrom(health), promhook.WithNativeHistograms())
		p.run(p.executor("import"), 12, tenSecondChunks)
		p.background(func(ctx context.Context) { _ = core.ForEachChunk(ctx, p.executor("far"), make([]int, 2), oneSlot()) })
		p.jobs.Wait()
		s = prom.Get(t, p.hook.Handler(), textFormat)
		p.end()
	})
	records, _ := readRules(t)
	for _, r := range records {
		s.Series = append(s.Series, labels.FromStrings("__name__", r.Record, "executor", "import"))
	}
	return s
}

// TestRulesNameWhatIsExported checks that all metrics and labels of the rules
// are in a real scrape.
func TestRulesNameWhatIsExported(t *testing.T) {
	scrape := exportedSeries(t)
	records, alerts := readRules(t)
	for _, r := range slices.Concat(records, alerts) {
		for _, problem := range scrape.Problems(r.Expr) {
			t.Errorf("%s%s: %s", r.Record, r.Alert, problem)
		}
	}
}

// TestAlertsAreComplete checks what every alert must have.
func TestAlertsAreComplete(t *testing.T) {
	const runbook = "https://github.com/chunkscope/chunkscope/blob/main/docs/runbook.md#"
	records, alerts := readRules(t)
	for _, r := range records {
		if !regexp.MustCompile(`^(executor|instance):chunkscope_\w+:\w+$`).MatchString(r.Record) {
			t.Errorf("%s: want a name of level, metric and operation", r.Record)
		}
	}
	for _, r := range alerts {
		if !regexp.MustCompile(`^Chunkscope[A-Z]\w+$`).MatchString(r.Alert) {
			t.Errorf("%s: want a name in camel case that begins with Chunkscope", r.Alert)
		}
		if len(r.Labels) != 1 || !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s: labels %v; want a severity: critical, warning or info", r.Alert, r.Labels)
		}
		if s := r.Annotations["summary"]; !strings.HasSuffix(s, ".") || strings.Contains(s, "{{") {
			t.Errorf("%s: summary %q; want a sentence without a template", r.Alert, s)
		}
		if s := r.Annotations["description"]; !strings.HasSuffix(s, ".") || !strings.Contains(s, "{{ $labels.") {
			t.Errorf("%s: description %q; want a sentence that says of what", r.Alert, s)
		}
		if got, want := r.Annotations["runbook_url"], runbook+strings.ToLower(r.Alert); got != want {
			t.Errorf("%s: runbook_url %q, want %q", r.Alert, got, want)
		}
	}
}

// TestEveryAlertFires checks that each alert has a scenario in which it fires,
// and one in which it nearly does.
func TestEveryAlertFires(t *testing.T) {
	_, alerts := readRules(t)
	for _, r := range alerts {
		fires, near := 0, 0
		for _, s := range scenarios {
			fires += len(s.expectedAlerts(r))
			if slices.Contains(strings.Fields(s.mustNotFire), shortName(r)) {
				near++
			}
		}
		if fires == 0 || near == 0 {
			t.Errorf("%s %s fires %d times, and nearly does in %d scenarios", r.Alert, r.Labels["severity"], fires, near)
		}
	}
	names := map[string]bool{}
	for _, s := range scenarios {
		if names[s.name] {
			t.Errorf("two scenarios have the name %q", s.name)
		}
		names[s.name] = true
		for _, a := range strings.Fields(s.mustNotFire) {
			if !slices.ContainsFunc(alerts, func(r rulefmt.Rule) bool { return shortName(r) == a }) {
				t.Errorf("%s: there is no alert %s", s.name, a)
			}
			if slices.ContainsFunc(s.fires, func(f string) bool { return strings.HasPrefix(f, a+" ") }) && a != "ItemsFailing" {
				t.Errorf("%s: %s fires and must not", s.name, a)
			}
		}
	}
}
