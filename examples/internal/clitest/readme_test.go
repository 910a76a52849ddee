package clitest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme checks that README.md of the examples lists every example with its
// command.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Glob("../../*/main.go")
	if err != nil || len(programs) == 0 {
		t.Fatal("no examples", err)
	}
	for _, program := range programs {
		name := filepath.Base(filepath.Dir(program))
		if row := "| [" + name + "](" + name + "/main.go) | `go run ./examples/" + name; !strings.Contains(string(readme), row) {
			t.Errorf("README.md has no row that begins with %s", row)
		}
	}
}
