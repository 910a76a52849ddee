package walls

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeProgram builds the program at the top of README.md and runs it on
// real files, because newcomers copy it.
func TestReadmeProgram(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindSubmatch(readme)
	if match == nil {
		t.Fatal("README.md has no fenced Go program")
	}
	program := string(match[1])
	if lines := strings.Count(program, "\n"); lines > 20 {
		t.Errorf("the program has %d lines, want at most 20", lines)
	}
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "read")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), binary, "readme_test.go", "no-such-file").CombinedOutput()
	if err != nil {
		t.Fatalf("the program failed: %v\n%s", err, out)
	}
	for _, want := range []string{
		"2 of 2 files",
		"1 failed",
		"2 files, error: read: 1 of 2 items failed: item 1: open no-such-file: no such file or directory",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
}
