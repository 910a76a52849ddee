package termhook

import (
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/mattn/go-runewidth"
	"golang.org/x/term"
)

// minRows is the least height of a terminal for ModeAuto to choose ModeTTY.
const minRows = 5

// Terminal is a writer that is a terminal but no file, for example at the other
// end of a network connection. It understands the escape sequences of a VT100,
// and UTF-8 if the environment's locale is UTF-8.
type Terminal interface {
	io.Writer
	// Size returns the current size, zeros if it is unknown. One goroutine at a
	// time calls it, for every frame.
	Size() (columns, rows int)
}

// sizeFunc returns a function for the size of w, nil if w is no terminal. It
// checks w itself, because another stream of the program may be a terminal.
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

// localeShowsBlocks reports whether the locale has block characters, each of them
// one column wide.
func localeShowsBlocks() bool {
	if runtime.GOOS == "windows" {
		return true // Go writes Unicode to consoles
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(os.Getenv(name)); locale != "" {
			return strings.Contains(strings.ReplaceAll(locale, "-", ""), "utf8") && !runewidth.IsEastAsian()
		}
	}
	return false
}
