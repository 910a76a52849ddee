package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/chunkscope/chunkscope/core"
)

// bar returns a hook that shows the progress of a run on out. The executor
// sends at most ten Progress a second, which suits the eye.
func bar(out io.Writer) core.Hook {
	if columns(out) == 0 {
		return core.Every(5*time.Second, core.OnProgress(func(p core.Progress) { fmt.Fprintln(out, line(p, 0)) }))
	}
	return core.MultiHook(
		core.OnProgress(func(p core.Progress) {
			// The text begins at the start of the line, because the terminal may
			// have echoed input. It is shorter than the line, which would wrap
			// otherwise, and covers the text before it.
			width := max(columns(out)-1, 0)
			fmt.Fprintf(out, "\r%-*.*s\r", width, width, line(p, width))
		}),
		core.OnRunEnd(func(core.RunEnd) { fmt.Fprintln(out) }),
	)
}

// line formats p for a width. A wide line begins with the bar, a narrow one
// with the most important figures.
func line(p core.Progress, width int) string {
	percent, _ := p.Percent()
	text := fmt.Sprintf("%3d%%  %d of %d files  %.0f/s", int(percent), p.ItemsDone, p.Items, p.Throughput)
	if p.ItemsFailed > 0 {
		text += fmt.Sprintf("  %d failed", p.ItemsFailed)
	}
	if p.Remaining.Known && p.ItemsDone < p.Items {
		text += fmt.Sprintf("  about %v left", p.Remaining.Expected.Truncate(time.Second)+time.Second)
	}
	const usual = 50 // the bar keeps its length while the text is not longer
	inner := min(width-max(len(text), usual)-3, 38)
	if inner < 8 {
		return text
	}
	filled := int(percent / 100 * float64(inner))
	bar := strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner)
	return "[" + bar[:inner] + "] " + text
}

// columns returns the width of a terminal. It is 0 for anything else, and for a
// terminal that does not understand control characters.
func columns(w io.Writer) int {
	switch w := w.(type) {
	case *os.File:
		if os.Getenv("TERM") == "dumb" {
			return 0
		}
		n, _, _ := term.GetSize(int(w.Fd())) // 0 if it fails
		return n
	case interface{ Size() (columns, rows int) }: // a terminal that is not a file, such as a session of SSH
		n, _ := w.Size()
		return n
	}
	return 0
}
