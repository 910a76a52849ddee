package termhook

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// minRows is the least height of a terminal that lines are redrawn on.
const minRows = 5

// Terminal is a writer that is a terminal though it is no file, at the other
// end of a network connection for instance. It understands the escape sequences
// of a VT100 and UTF-8 as the environment's locale says.
type Terminal interface {
	io.Writer
	// Size returns the present size, zeros if it is not known. It is called for
	// every frame, by one goroutine at a time.
	Size() (columns, rows int)
}

// terminalSize returns how to ask w for its size, nil if it is no terminal. It
// asks the very writer that is drawn on: another stream may well be one.
func sizeFunc(w io.Writer) func() (columns, rows int) {
	switch w := w.(type) {
	case Terminal:
		return w.Size
	case *os.File:
		fd := int(w.Fd())
		if !term.IsTerminal(fd) || !enableEscapes(fd) {
			return nil
		}
		return func() (int, int) {
			columns, rows, err := term.GetSize(fd)
			if err != nil {
				return 0, 0
			}
			return columns, rows
		}
	}
	return nil
}

// showsBlocks tells whether the locale lets a bar be drawn of block characters,
// each of them one column wide.
func localeShowsBlocks() bool {
	if runtime.GOOS == "windows" {
		return true // consoles are written to in Unicode
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(os.Getenv(name)); locale != "" {
			return strings.Contains(strings.ReplaceAll(locale, "-", ""), "utf8") && !runewidth.IsEastAsian()
		}
	}
	return false
}
