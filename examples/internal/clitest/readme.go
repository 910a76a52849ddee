package clitest

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

// Readme checks that README.md of the examples shows the output of an example
// on a terminal. It must contain every line of a run, apart from the figures.
// The test runs in the directory of the example.
func Readme(t *testing.T, name string, run func(stdout, stderr io.Writer) error) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(readme), "\n### "+name+"\n")
	section, _, _ = strings.Cut(section, "\n### ")
	if !found {
		t.Fatalf("README.md has no section %s", name)
	}
	var shown []string
	for _, block := range regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(section, -1) {
		for line := range strings.Lines(block[1]) {
			shown = append(shown, withoutFigures(line))
		}
	}

	screen := terminaltest.New(200, 100)
	if err := run(screen, screen); err != nil {
		t.Error(err)
	}
	lines := screen.Lines()
	if len(lines) == 0 {
		t.Error("nothing is printed")
	}
	for _, line := range lines {
		if !slices.Contains(shown, withoutFigures(line)) {
			t.Errorf("README.md, section %s, has no line like %q", name, line)
		}
	}
}

var figures = regexp.MustCompile(`(\d+(\.\d+)?(h|ms|µs|m|s)?)+`)

// withoutFigures returns a line without its figures, the length of its bar, and
// the word for the speed of a chunk.
func withoutFigures(line string) string {
	line = figures.ReplaceAllString(strings.TrimSpace(line), "0")
	line = regexp.MustCompile(`\[=*>? *\]`).ReplaceAllString(line, "[bar]")
	line = regexp.MustCompile(`  (first|fast|medium|slow)$`).ReplaceAllString(line, "  speed")
	return regexp.MustCompile(` +`).ReplaceAllString(line, " ")
}
