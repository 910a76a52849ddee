package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recorded returns a stack whose compose is a script that writes its arguments
// and its variables into a file, which is returned, too.
func recorded(t *testing.T) (s stack, file string) {
	t.Helper()
	folder := t.TempDir()
	script, file := filepath.Join(folder, "compose"), filepath.Join(folder, "calls")
	text := "#!/bin/sh\necho \"$RULES $*\" >>" + file + "\nexit ${STATUS:-0}\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // G306: it is to be executed
		t.Fatal(err)
	}
	s = stack{compose: []string{script, "sub"}, file: composeFile, without: []string{"grafana", "jaeger"}, env: []string{"RULES=r"}, log: t.Output()}
	return s, file
}

func TestWhatComposeIsTold(t *testing.T) {
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
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const common = "r sub -p chunkscope-e2e -f " + composeFile + " "
	want := common + "build\n" +
		common + "up -d alertmanager collector job prometheus receiver statsd-exporter\n" +
		common + "kill jaeger\n" + common + "start jaeger\n" + common + "down --volumes --remove-orphans\n"
	if string(got) != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestComposesFailureIsAnError(t *testing.T) {
	s, _ := recorded(t)
	s.env = append(s.env, "STATUS=3")
	if err := s.build(t.Context()); err == nil || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("error %v", err)
	}
	s.file = "missing.yml"
	if err := s.up(t.Context()); err == nil {
		t.Error("no compose file: no error")
	}
}
