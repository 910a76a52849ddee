// Package terminal has what the examples that draw in place share. A program of
// your own need not draw: termhook does it, and does more.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Size returns the size of the terminal that w is, zeros if it is none or
// understands no control characters.
func Size(w io.Writer) (columns, rows int) {
	switch w := w.(type) {
	case interface{ Size() (columns, rows int) }: // a terminal that is no file
		return w.Size()
	case *os.File:
		if os.Getenv("TERM") != "dumb" {
			columns, rows, _ = term.GetSize(int(w.Fd())) // zeros if that fails
		}
	}
	return columns, rows
}

// Rewrite draws an ASCII text over the line that the cursor is in, and leaves
// the cursor at the start of that line: what is printed next begins there.
func Rewrite(w io.Writer, text string) {
	// From the start of the line, for the terminal may have shown what was typed;
	// shorter than the terminal is wide, for a full line would wrap; and padded,
	// for the text before may have been longer.
	columns, _ := Size(w)
	width := max(columns-1, 0)
	fmt.Fprintf(w, "\r%-*.*s\r", width, width, text)
}

// Bar draws a bar of a width, which is at least 3, in plain ASCII.
func Bar(percent float64, width int) string {
	inner := width - 2
	filled := int(percent / 100 * float64(inner))
	if filled == inner {
		return "[" + strings.Repeat("=", inner) + "]"
	}
	return "[" + strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner-filled-1) + "]"
}
