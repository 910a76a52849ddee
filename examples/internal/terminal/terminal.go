// Package terminal has what the examples that draw in place share. A program of
// your own need not draw: exporters/termhook does it, and does more.
package terminal

import (
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

// Bar draws a bar of a width, which is at least 3, in plain ASCII.
func Bar(percent float64, width int) string {
	inner := width - 2
	filled := int(percent / 100 * float64(inner))
	if filled == inner {
		return "[" + strings.Repeat("=", inner) + "]"
	}
	return "[" + strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner-filled-1) + "]"
}
