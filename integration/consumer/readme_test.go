package consumer_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeProgramRunsElsewhere follows README.md to the letter, in an empty
// folder: the go get of its first screen, its program, and a run on real files.
// internal/walls runs the same program inside the repository.
func TestReadmeProgramRunsElsewhere(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(released.checkout, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	program := regexp.MustCompile("(?s)```go\n(package main\n.*?)```").FindStringSubmatch(readme)
	commands := regexp.MustCompile("(?m)^(go (?:get|mod tidy)\\b[^`#\n]*)").FindAllStringSubmatch(readme, -1)
	if program == nil || len(commands) == 0 {
		t.Fatalf("README.md has the program %q and the commands %q, want one and at least one", program, commands)
	}
	p := newProject(t, otherMachine)
	p.run("go", "mod", "init", "example.com/job")
	p.write("main.go", program[1])
	for _, command := range commands {
		p.run(strings.Fields(command[1])...)
	}
	p.run("go", "build", "-o", "nightly", ".")
	if out := p.run("./nightly", "main.go"); !strings.Contains(out, "outcome=ok failed=0 done=1 items=1") {
		t.Errorf("no run without failures:\n%s", out)
	}
	out, err := p.try("./nightly", "main.go", "no-such-file")
	const want = "nightly: 1 of 2 items failed: item 1: open no-such-file: no such file or directory"
	if err == nil || !strings.Contains(out, want) {
		t.Errorf("error %v, output lacks %q:\n%s", err, want, out)
	}
	p.checkVersions()
	p.checkBinary("nightly")
}
