// Package terminal has what the examples that draw on a terminal share. Other
// programs can use termhook, which draws, and does more.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Size returns the size of the terminal w. It returns zeros if w is not a
// terminal or does not understand control characters.
func Size(w io.Writer) (columns, rows int) {
	switch w := w.(type) {
	case interface{ Size() (columns, rows int) }: // a terminal that is not a file
		return w.Size()
	case *os.File:
		if os.Getenv("TERM") != "dumb" {
			columns, rows, _ = term.GetSize(int(w.Fd())) // zeros if it fails
		}
	}
	return columns, rows
}

// Rewrite draws an ASCII text over the line of the cursor. It leaves the cursor
// at the start of that line, where the next output begins.
func Rewrite(w io.Writer, text string) {
	// It begins at the start of the line, because the terminal may have echoed
	// input. The text is shorter than the terminal is wide, because a full line
	// would wrap. It is padded, because the text before may have been longer.
	columns, _ := Size(w)
	width := max(columns-1, 0)
	fmt.Fprintf(w, "\r%-*.*s\r", width, width, text)
}

// Bar draws a bar in plain ASCII. The width is at least 3.
func Bar(percent float64, width int) string {
	inner := width - 2
	filled := int(percent / 100 * float64(inner))
	if filled == inner {
		return "[" + strings.Repeat("=", inner) + "]"
	}
	return "[" + strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner-filled-1) + "]"
}
