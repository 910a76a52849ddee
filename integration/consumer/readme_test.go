package consumer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeProgramRunsElsewhere follows README.md to the letter, in an empty
// folder: its go get, its program, and a run on real files. internal/walls has
// the same program and the same output, inside the repository.
func TestReadmeProgramRunsElsewhere(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(released.checkout, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	program := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindStringSubmatch(readme)
	commands := regexp.MustCompile("(?m)(?:^|`)(go (?:get|mod tidy)\\b[^`#\n]*)").FindAllStringSubmatch(readme, -1)
	if program == nil || len(commands) == 0 {
		t.Fatalf("README.md has the program %q and the commands %q, want one and at least one", program, commands)
	}
	p := newProject(t, otherMachine)
	p.run("go", "mod", "init", "example.com/job")
	p.write("main.go", program[1])
	for _, command := range commands {
		p.run(strings.Fields(command[1])...)
	}
	p.run("go", "build", "-o", "read", ".")
	out := p.run("./read", "main.go", "no-such-file")
	for _, want := range []string{
		"2 of 2 files",
		"1 failed",
		"2 files, error: read: 1 of 2 items failed: item 1: open no-such-file: no such file or directory",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	p.checkVersions()
	p.checkBinary("read")
}
