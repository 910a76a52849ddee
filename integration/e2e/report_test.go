package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

func TestCheckUnaffected(t *testing.T) {
	healthy := ledger.Entry{Outcome: "ok", Items: 100, Bytes: 5000, Seconds: 10}
	for name, test := range map[string]struct {
		run    ledger.Entry
		broken bool
		ok     bool
	}{
		"the same":              {healthy, false, true},
		"slower":                {ledger.Entry{Outcome: "ok", Items: 100, Bytes: 5000, Seconds: 30}, false, true},
		"much slower":           {ledger.Entry{Outcome: "ok", Items: 100, Bytes: 5000, Seconds: 30.1}, false, false},
		"an item missing":       {ledger.Entry{Outcome: "ok", Items: 99, Bytes: 5000, Seconds: 10}, false, false},
		"another result":        {ledger.Entry{Outcome: "ok", Items: 100, Bytes: 4999, Seconds: 10}, false, false},
		"an item failed":        {ledger.Entry{Outcome: "error", Items: 100, Bytes: 5000, Failed: 1, Seconds: 10}, false, false},
		"canceled":              {ledger.Entry{Outcome: "canceled", Items: 100, Bytes: 5000, Seconds: 10}, false, false},
		"broken":                {ledger.Entry{Outcome: "error", Items: 120, Failed: 7, Seconds: 12}, true, true},
		"broken without errors": {ledger.Entry{Outcome: "ok", Items: 120, Seconds: 12}, true, false},
		"broken, cut short":     {ledger.Entry{Outcome: "error", Items: 50, Failed: 7, Seconds: 12}, true, false},
	} {
		if err := checkUnaffected(test.run, healthy, test.broken); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLossMustBeCounted(t *testing.T) {
	for name, test := range map[string]struct {
		judge func(health) (string, error)
		lost  health
		ok    bool
	}{
		"lines lost":          {judgeLines, health{delivered: 5, dropped: 3, errors: 1}, true},
		"lines sent":          {judgeLines, health{delivered: 8}, true},
		"no lines":            {judgeLines, health{}, false},
		"lines kept":          {judgeLines, health{delivered: 8, pending: 1}, false},
		"message waits":       {judgeMessages, health{errors: 2, pending: 1}, true},
		"message dropped":     {judgeMessages, health{errors: 2, dropped: 1}, false},
		"message delivered":   {judgeMessages, health{delivered: 1}, false},
		"waits without trial": {judgeMessages, health{pending: 1}, false},
	} {
		if text, err := test.judge(test.lost); (err == nil) != test.ok || text == "" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

const rules = `
groups:
  - name: alerts
    interval: 1m
    rules:
      - record: a:b
        expr: sum(b)
      - alert: Late
        expr: x > 1
        for: 10m
        keep_firing_for: 5m
        labels: {severity: warning}
        annotations: {summary: 'It is {{ $value }}.'}
`

func TestRulesWithoutWaitingKeepTheRest(t *testing.T) {
	out, err := withoutWaiting([]byte(rules))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Groups []struct {
			Name, Interval string
			Rules          []struct {
				Record, Alert, Expr, For string
				Keep                     string `yaml:"keep_firing_for"`
				Labels, Annotations      map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	g := got.Groups[0]
	if g.Name != "alerts" || g.Interval != "" || len(g.Rules) != 2 || g.Rules[0].Record != "a:b" || g.Rules[0].For != "" {
		t.Errorf("got %+v", g)
	}
	if r := g.Rules[1]; r.For != "0s" || r.Keep != "" || r.Expr != "x > 1" || r.Labels["severity"] != "warning" || r.Annotations["summary"] != "It is {{ $value }}." {
		t.Errorf("got %+v", r)
	}
	for _, none := range []string{"", "groups: []", "groups: [{name: a, rules: [{record: a, expr: b}]}]", "a: ["} {
		if _, err := withoutWaiting([]byte(none)); err == nil {
			t.Errorf("%q: no error", none)
		}
	}
}

func TestReportListsFailures(t *testing.T) {
	var progress, terminal, file bytes.Buffer
	r := report{progress: &progress, facts: [][2]string{{"compose", "9"}}, images: []image{{"job", "j:1", "stand-in image"}}}
	r.add("it answers", 1500*time.Millisecond, nil)
	r.add("it agrees", 0, errors.New("one\nmissing"))
	r.addOutage(outage{service: "jaeger", run: "ok", loss: "none", recovery: "all there"})
	r.addOutage(outage{service: "collector", run: "slow", loss: "none", recovery: "nothing", err: errors.New("too slow")})
	if r.failures() != 2 {
		t.Errorf("%d failures, want 2", r.failures())
	}
	if err := errors.Join(r.print(&terminal), r.markdown(&file)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"- compose: 9\n", "| job | j:1 | stand-in image |\n", "| it answers | 1.5 s | ok |\n", "| it agrees | 0.0 s | FAILED, one missing |\n",
		"| jaeger | ok | none | all there | ok |\n", "| collector | slow | none | nothing | FAILED, too slow |\n",
	} {
		if !strings.Contains(file.String(), want) {
			t.Errorf("no %q in\n%s", want, file.String())
		}
	}
	for name, out := range map[string]string{"terminal": terminal.String(), "progress": progress.String()} {
		if !strings.Contains(out, "FAILED, one missing") || !strings.Contains(out, "FAILED, too slow") {
			t.Errorf("%s: %s", name, out)
		}
	}
}
