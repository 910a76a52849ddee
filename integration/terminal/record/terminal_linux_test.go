package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRecordedProgramHasATerminal(t *testing.T) {
	t.Setenv("CI", "true")
	t.Setenv("CHUNKSCOPE_PROGRESS", "json")
	t.Setenv("NO_COLOR", "1")
	dir := t.TempDir()
	out := filepath.Join(dir, "picture.svg")
	var stderr bytes.Buffer
	command := `test -t 0 -a -t 1 -a -t 2 && stty size; echo "ci=$CI progress=$CHUNKSCOPE_PROGRESS no_color=$NO_COLOR"; exit 3`
	if err := run(t.Context(), []string{"-out", out, "-command", command}, &stderr); err != nil {
		t.Fatal(err)
	}
	picture, err := fs.ReadFile(os.DirFS(dir), "picture.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">40 80<", ">ci= progress= no_color=<"} {
		if !strings.Contains(string(picture), want) {
			t.Errorf("the picture lacks %q:\n%s", want, picture)
		}
	}
	if !strings.Contains(stderr.String(), "picture.svg: ") {
		t.Errorf("stderr %q", stderr.String())
	}
}

func TestRunReportsMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-command", "true"}, "wrote nothing"},
		{[]string{"-command", "echo", "hello"}, "after -command"},
		{[]string{"-speed", "2"}, "-speed"},
		{[]string{"-dir", "/no/such/folder"}, "no such file"},
	} {
		out := filepath.Join(t.TempDir(), "picture.svg")
		err := run(t.Context(), append([]string{"-out", out}, c.args...), new(bytes.Buffer))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.args, err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%q: wrote a picture", c.args)
		}
	}
}
