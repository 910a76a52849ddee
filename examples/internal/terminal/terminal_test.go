package terminal_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chunkscope/chunkscope/examples/internal/terminal"
	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

func TestSize(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if columns, rows := terminal.Size(file); columns != 0 || rows != 0 {
		t.Errorf("a file is a terminal of %d x %d", columns, rows)
	}
	if columns, rows := terminal.Size(new(bytes.Buffer)); columns != 0 || rows != 0 {
		t.Errorf("a buffer is a terminal of %d x %d", columns, rows)
	}
	if columns, rows := terminal.Size(terminaltest.New(60, 20)); columns != 60 || rows != 20 {
		t.Errorf("size %d x %d, want 60 x 20", columns, rows)
	}
}

func TestBar(t *testing.T) {
	for _, c := range []struct {
		percent float64
		width   int
		want    string
	}{
		{0, 12, "[>         ]"},
		{5, 12, "[>         ]"},
		{52, 12, "[=====>    ]"},
		{99.9, 12, "[=========>]"},
		{100, 12, "[==========]"},
		{0, 3, "[>]"},
		{100, 3, "[=]"},
	} {
		if got := terminal.Bar(c.percent, c.width); got != c.want {
			t.Errorf("Bar(%v, %d) = %q, want %q", c.percent, c.width, got, c.want)
		}
	}
}

func TestRewrite(t *testing.T) {
	screen := terminaltest.New(10, 5)
	for _, text := range []string{"a long text for a line", "short", ""} {
		terminal.Rewrite(screen, text)
		if want := text[:min(len(text), 9)]; !slices.Equal(screen.Lines(), nonEmpty(want)) {
			t.Errorf("after %q the screen shows %q", text, screen.Lines())
		}
	}
	fmt.Fprint(screen, "^C") // echoed by the terminal
	terminal.Rewrite(screen, "123456789")
	fmt.Fprintln(screen, "next")
	if want := []string{"next56789"}; !slices.Equal(screen.Lines(), want) {
		t.Errorf("the next output shows as %q, want %q", screen.Lines(), want)
	}
}

func nonEmpty(line string) []string {
	if line == "" {
		return nil
	}
	return []string{line}
}
