package alerts_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/alertmanager/pkg/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"sigs.k8s.io/yaml"
)

// readPage returns a page of the documentation.
func readPage(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + name) //nolint:gosec // a page of the repository
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fenced returns the code blocks of a language in a text.
func fenced(text, language string) (blocks []string) {
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// runbookEntries returns the entry of the runbook for each alert.
func runbookEntries(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, section := range strings.Split(readPage(t, "runbook.md"), "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		if strings.HasPrefix(title, "Chunkscope") {
			all[title] = text
		}
	}
	return all
}

// TestRunbook checks that each alert has an entry and each entry an alert, that
// entries are complete, and that the table at the top has the right severities.
func TestRunbook(t *testing.T) {
	_, alerts := readRules(t)
	severities := map[string][]string{}
	for _, r := range alerts {
		severities[r.Alert] = append(severities[r.Alert], r.Labels["severity"])
	}
	all := runbookEntries(t)
	for name := range severities {
		if all[name] == "" {
			t.Errorf("the runbook has no entry %s", name)
		}
	}
	for name, text := range all {
		if severities[name] == nil {
			t.Errorf("the runbook has an entry %s, and there is no such alert", name)
		}
		var parts []string
		for _, m := range regexp.MustCompile(`(?m)^\*\*([^*]+)\.\*\*`).FindAllStringSubmatch(text, -1) {
			parts = append(parts, m[1])
		}
		if !slices.Equal(parts, []string{"Meaning", "First look", "Then", "Fix"}) {
			t.Errorf("%s has the parts %q", name, parts)
		}
		_, first, _ := strings.Cut(text, "**First look.**")
		first, _, _ = strings.Cut(first, "**Then.**")
		if len(fenced(first, "promql")) == 0 {
			t.Errorf("%s: nothing to copy for the first look", name)
		}
		line := "| [" + name + "](#" + strings.ToLower(name) + ") | " + strings.Join(severities[name], ", ") + " | "
		if !strings.Contains(readPage(t, "runbook.md"), line) {
			t.Errorf("the table has no line %q", line)
		}
	}
}

// TestRunbookQueries runs the queries of each entry in a scenario in which its
// alert fires. They must name exported metrics and have results.
func TestRunbookQueries(t *testing.T) {
	t.Parallel()
	_, alerts := readRules(t)
	scrape := exportedSeries(t)
	for name, text := range runbookEntries(t) {
		queries := fenced(text, "promql")
		for _, query := range queries {
			for _, problem := range scrape.Problems(query) {
				t.Errorf("%s: %s: %s", name, query, problem)
			}
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(alerts, func(r rulefmt.Rule) bool { return r.Alert == name })
			left := queries
			for _, s := range scenarios {
				if i < 0 || len(s.expectedAlerts(alerts[i])) == 0 {
					continue
				}
				left = slices.DeleteFunc(slices.Clone(left), func(query string) bool {
					h := s.run(t).recorded
					storage := database(t, h, []rulefmt.Rule{{Expr: query}})
					shown := !alwaysEmpty(t, h, storage, query)
					if err := storage.Close(); err != nil {
						t.Error(err)
					}
					return shown
				})
			}
			for _, query := range left {
				t.Errorf("%s: %s shows nothing in any scenario in which the alert fires", name, query)
			}
		})
	}
}

// TestMoreRules checks that the additional rules in the runbook are valid.
func TestMoreRules(t *testing.T) {
	n := 0
	for _, block := range fenced(readPage(t, "runbook.md"), "yaml") {
		if !strings.HasPrefix(block, "- alert:") {
			continue
		}
		n++
		var more []rulefmt.Rule
		if err := yaml.UnmarshalStrict([]byte(block), &more, yaml.DisallowUnknownFields); err != nil {
			t.Fatal(err)
		}
		for _, r := range more {
			if _, err := promParser.ParseExpr(r.Expr); err != nil || r.Alert == "" {
				t.Errorf("%s: %v", block, err)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d rules, want the watchdog and the one for a job that must not be missed", n)
	}
}

// TestInhibition parses the Alertmanager snippet with the matchers of
// Alertmanager and applies it.
func TestInhibition(t *testing.T) {
	var snippet struct {
		Rules []struct {
			Source []string `json:"source_matchers"`
			Target []string `json:"target_matchers"`
			Equal  []string `json:"equal"`
		} `json:"inhibit_rules"`
	}
	i := slices.IndexFunc(fenced(readPage(t, "runbook.md"), "yaml"), func(s string) bool { return strings.Contains(s, "inhibit_rules") })
	if i < 0 {
		t.Fatal("the runbook has no snippet with inhibit_rules")
	}
	if err := yaml.UnmarshalStrict([]byte(fenced(readPage(t, "runbook.md"), "yaml")[i]), &snippet); err != nil {
		t.Fatal(err)
	}
	matches := func(matchers []string, alert map[string]string) bool {
		for _, text := range matchers {
			m, err := labels.ParseMatcher(text)
			if err != nil {
				t.Fatal(err)
			}
			if !m.Matches(alert[m.Name]) {
				return false
			}
		}
		return len(matchers) > 0
	}
	inhibits := func(source, target map[string]string) bool {
		for _, r := range snippet.Rules {
			differ := func(name string) bool { return source[name] != target[name] }
			if matches(r.Source, source) && matches(r.Target, target) && len(r.Equal) > 0 && !slices.ContainsFunc(r.Equal, differ) {
				return true
			}
		}
		return false
	}
	alert := func(name, severity, executor string, more ...string) map[string]string {
		labels := map[string]string{"alertname": name, "severity": severity, "job": "nightly", "executor": executor}
		for i := 0; i < len(more); i += 2 {
			labels[more[i]] = more[i+1]
		}
		return labels
	}
	for _, c := range []struct {
		source, target map[string]string
		want           bool
	}{
		{alert("ChunkscopeItemsFailing", "critical", "import"), alert("ChunkscopeItemsFailing", "warning", "import"), true},
		{alert("ChunkscopeRunStalled", "critical", "import"), alert("ChunkscopeChunkStuck", "warning", "import"), true},
		{alert("ChunkscopeRunStalled", "critical", "import"), alert("ChunkscopeWorkersIdle", "info", "import"), true},
		{alert("ChunkscopeRunStalled", "critical", "import"), alert("ChunkscopeRunLate", "critical", "import"), false},
		{alert("ChunkscopeRunStalled", "critical", "import"), alert("ChunkscopeChunkStuck", "warning", "export"), false},
		{alert("ChunkscopeRunStalled", "critical", "import"), alert("ChunkscopeHookFailing", "warning", ""), false},
		{alert("ChunkscopeChunkStuck", "warning", "import"), alert("ChunkscopeWorkersIdle", "info", "import"), false},
		{alert("ChunkscopeRunStalled", "critical", "import", "namespace", "a"), alert("ChunkscopeRunFailed", "warning", "import", "namespace", "a"), true},
		{alert("ChunkscopeRunStalled", "critical", "import", "namespace", "a"), alert("ChunkscopeRunFailed", "warning", "import", "namespace", "b"), false},
		{alert("ChunkscopeRunStalled", "critical", "import", "namespace", "a", "cluster", "eu"), alert("ChunkscopeRunFailed", "warning", "import", "namespace", "a", "cluster", "us"), false},
		{alert("ChunkscopeRunStalled", "critical", "import", "instance", "db-1"), alert("ChunkscopeRunFailed", "warning", "import", "instance", "db-2"), false},
		{alert("ChunkscopeRunLate", "critical", "import", "process", "db-1"), alert("ChunkscopeRunFailed", "warning", "import", "process", "db-2"), false},
		{alert("DiskFull", "critical", "import"), alert("ChunkscopeChunkStuck", "warning", "import"), false},
	} {
		if got := inhibits(c.source, c.target); got != c.want {
			t.Errorf("%v inhibits %v: %v", c.source, c.target, got)
		}
	}
}
