package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// recorded returns a stack whose compose command is a script. The script writes
// its arguments and variables to the returned file.
func recorded(t *testing.T) (s stack, file string) {
	t.Helper()
	folder := t.TempDir()
	script, file := filepath.Join(folder, "compose"), filepath.Join(folder, "calls")
	text := "#!/bin/sh\necho \"$RULES $*\" >>" + file + "\necho said\nexit ${STATUS:-0}\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	s = stack{compose: []string{script, "sub"}, file: composeFile, excluded: []string{"grafana", "jaeger"}, env: []string{"RULES=r"}, log: t.Output()}
	return s, file
}

func TestComposeCommands(t *testing.T) {
	s, file := recorded(t)
	for _, f := range []func() error{
		func() error { return s.build(t.Context()) },
		func() error { return s.up(t.Context()) },
		func() error { return s.kill(t.Context(), "jaeger") },
		func() error { return s.start(t.Context(), "jaeger") },
		func() error { return s.down(t.Context()) },
	} {
		if err := f(); err != nil {
			t.Fatal(err)
		}
	}
	if log, err := s.logs(t.Context(), "job"); err != nil || log != "said\n" {
		t.Errorf("log %q, error %v", log, err)
	}
	got, err := os.ReadFile(file) //nolint:gosec // G304: it is the test's own
	if err != nil {
		t.Fatal(err)
	}
	const common = "r sub -p chunkscope-e2e -f " + composeFile + " "
	want := common + "build\n" +
		common + "up -d alertmanager collector job prometheus receiver statsd-exporter\n" +
		common + "kill jaeger\n" + common + "start jaeger\n" + common + "down --volumes --remove-orphans\n" + common + "logs --no-color job\n"
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFailureOfComposeIsAnError(t *testing.T) {
	s, _ := recorded(t)
	s.env = append(s.env, "STATUS=3")
	if err := s.build(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
	if _, err := s.logs(t.Context(), "job"); err == nil {
		t.Error("logs: no error")
	}
	s.file = "missing.yml"
	if err := s.up(t.Context()); err == nil {
		t.Error("no compose file: no error")
	}
}

func TestFailedExportsAreCountedInTheJobsLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tr := suite{stack: stack{compose: []string{"sh", "-c", "cat " + file}}}
	write("traces export: one\n")
	loss, err := tr.watchExports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if text, err := loss(t.Context()); err == nil {
		t.Errorf("no more failures, but %q", text)
	}
	write("traces export: one\nelse\ntraces export: two\n")
	if text, err := loss(t.Context()); err != nil || !strings.HasPrefix(text, "1 batches") {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestJaegerMustHaveTheSpansThatTheCollectorKept(t *testing.T) {
	run := ledger.Entry{Outcome: "ok", Chunks: 9}
	for name, test := range map[string]struct {
		before int
		got    trace
		ok     bool
	}{
		"all":                 {2, trace{outcome: "ok", chunks: 9}, true},
		"those afterwards":    {2, trace{outcome: "ok", chunks: 7}, true},
		"one fewer":           {1, trace{outcome: "ok", chunks: 7}, false},
		"no span of the run":  {2, trace{chunks: 9}, false},
		"a run that is other": {2, trace{outcome: "error", chunks: 9}, false},
	} {
		if err := (affectedRun{run, test.before}).compareTrace(test.got); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
