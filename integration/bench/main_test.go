package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// TestMain checks for leaked goroutines, except for those that the packages of
// some peers start when they are imported.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func TestParse(t *testing.T) {
	for args, want := range map[string]string{
		"-only nothing":      "there are the parts",
		"-format pdf":        "there are text, markdown, json",
		"-rounds -1":         "cannot be negative",
		"-items -1":          "cannot be negative",
		"peers":              "there is no argument",
		"-only peers,,scale": "there are the parts",
		"-colour":            "not defined",
	} {
		if _, err := parse(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", args, err, want)
		}
		if code := run(strings.Fields(args), io.Discard, io.Discard); code != 2 {
			t.Errorf("%s: exit code %d", args, code)
		}
	}
	full, err := parse(nil, io.Discard)
	if err != nil || full.rounds != 20 || full.items != 100_000_000 || full.format != "text" {
		t.Errorf("without flags: %+v, error %v", full, err)
	}
	quick, err := parse(strings.Fields("-quick -only peers,scale"), io.Discard)
	if err != nil || quick.rounds >= full.rounds || quick.items >= full.items || len(quick.only) != 2 {
		t.Errorf("quick: %+v, error %v", quick, err)
	}
}

// TestParts checks that each name has a part, and that the names of trials
// differ.
func TestParts(t *testing.T) {
	s, err := parse([]string{"-quick"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := s.parts()
	if err != nil {
		t.Fatal(err)
	}
	trials := map[string]bool{}
	for i, p := range parts {
		if p.Close != nil {
			defer p.Close()
		}
		if p.Name != names[i] || p.Run == nil {
			t.Errorf("part %d is %q, want %q", i, p.Name, names[i])
		}
		for _, tr := range p.Trials {
			if trials[tr.Name] {
				t.Errorf("two trials are named %q, and would share a control", tr.Name)
			}
			trials[tr.Name] = true
		}
	}
	if len(parts) != len(names) {
		t.Errorf("%d parts", len(parts))
	}
}

// fake is a part whose only trial does nothing, with the given reading.
func fake(value float64, samples int) trial.Part {
	tr := trial.Trial{Name: "fake", Base: paired.Variant{Name: "base", Run: func() {}}}
	return trial.Part{Name: "fake", Trials: []trial.Trial{tr}, Run: func(s *trial.Session) (report.Section, []bars.Reading) {
		result := s.Run(tr)
		section := report.Section{Title: "Fake", Tables: []report.Table{result.Table("")}, Plots: []report.Plot{{Title: "A plot", X: "x", Y: "y"}}}
		return section, []bars.Reading{{Bar: "map/spin", Value: value, Samples: samples}}
	}}
}

// atRest reports an idle machine, without measuring.
func atRest() machineLoad { return machineLoad{cores: probes, known: true} }

func TestMeasureStatesTheControlFirst(t *testing.T) {
	var log strings.Builder
	f := measure(&trial.Session{Rounds: 5, Log: &log}, []trial.Part{fake(1, 9)}, atRest)
	if len(f.sections) != 1 || len(f.missed) != 0 || f.control.Tables[0].Rows[0][0] != "fake" {
		t.Errorf("found %+v", f)
	}
	if control, run := strings.Index(log.String(), "control of fake"), strings.LastIndex(log.String(), "  fake"); control < 0 || control > run {
		t.Errorf("log %q", log.String())
	}
	if f := measure(&trial.Session{Rounds: 5}, []trial.Part{fake(2, 9)}, atRest); len(f.missed) != 1 {
		t.Errorf("missed %q, want the one above its bar", f.missed)
	}
	if f := measure(&trial.Session{Rounds: 5}, []trial.Part{fake(1, 1)}, atRest); len(f.missed) != 1 {
		t.Errorf("missed %q, want the one without samples", f.missed)
	}
}

func TestPageSaysWhenNotToTrustIt(t *testing.T) {
	calm := atRest()
	page := func(f found, s settings) string { return strings.Join(f.page(s, nil, time.Now()).Lead, "\n") }
	if got := page(found{before: calm, after: calm}, settings{}); strings.Contains(got, "**") {
		t.Errorf("a calm run has a warning: %s", got)
	}
	for name, f := range map[string]found{
		"one core before": {before: machineLoad{cores: probes / 2}, after: calm},
		"others after":    {before: calm, after: machineLoad{cores: probes, others: 0.3, known: true}},
	} {
		if got := page(f, settings{}); !strings.Contains(got, "busy machine") {
			t.Errorf("%s: no warning in %s", name, got)
		}
	}
	if got := page(found{before: calm, after: calm}, settings{quick: true}); !strings.Contains(got, "quick form") {
		t.Errorf("quick: no warning in %s", got)
	}
}

// TestWholeProgram runs the part that takes almost no time, in all formats.
func TestWholeProgram(t *testing.T) {
	out := t.TempDir()
	var stdout, stderr strings.Builder
	if code := run([]string{"-only", "instructions", "-format", "json", "-out", out, "-bars"}, &stdout, &stderr); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var back report.Report
	if err := json.Unmarshal([]byte(stdout.String()), &back); err != nil {
		t.Fatal(err)
	}
	for _, s := range back.Sections {
		if s.Title == "Bars" && len(s.Tables[0].Rows) != len(bars.All()) {
			t.Errorf("%d bars, want all %d, measured or not", len(s.Tables[0].Rows), len(bars.All()))
		}
	}
	if page := content(t, out, "performance.md"); !strings.Contains(page, "## Bars") || !strings.Contains(page, "-only instructions") {
		t.Errorf("page %.300s", page)
	}
	if content(t, out, folder, "performance.json") != stdout.String() {
		t.Error("the saved JSON is not the printed one")
	}
}

func TestSavePutsPlotsBesideThePage(t *testing.T) {
	out := t.TempDir()
	f := measure(&trial.Session{Rounds: 3}, []trial.Part{fake(1, 9)}, atRest)
	if err := save(f.page(settings{}, nil, time.Now()), out); err != nil {
		t.Fatal(err)
	}
	if svg := content(t, out, folder, "a-plot.svg"); !strings.HasPrefix(svg, "<svg") {
		t.Errorf("plot %.80s", svg)
	}
	if err := save(report.Report{}, filepath.Join(out, "performance.md")); err == nil {
		t.Error("a folder was made where a file is")
	}
}

// content reads a file of a test.
func content(t *testing.T, path ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...)) //nolint:gosec // G304: in the test's own folder
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
