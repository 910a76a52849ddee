// Package plaintext makes text that comes from outside, such as the text of an
// error or the name of an executor, fit to be shown to a reader: on a terminal,
// in a line of a log.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// Clean returns s as one line of valid UTF-8 that drives no terminal: white
// space of any kind becomes single spaces, control and format characters are
// left out. What is longer than most bytes is cut and ends in "…", which is not
// counted.
func Clean(s string, maxBytes int) string {
	if isClean(s) && len(s) <= maxBytes {
		return s
	}
	var b strings.Builder
	for space := false; s != ""; {
		r, size := utf8.DecodeRuneInString(s)
		s = s[size:]
		switch {
		case r == utf8.RuneError && size == 1, unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.IsSpace(r):
			continue
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		}
		need := utf8.RuneLen(r)
		if space {
			need++
		}
		if b.Len()+need > maxBytes {
			return b.String() + "…"
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// harmless tells whether s is printable ASCII, as almost everything is.
func isClean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// Error returns the cleaned text of err, "" for nil. An Error method that panics
// or calls runtime.Goexit gets a text that says so.
func Error(err error, maxBytes int) string { return Clean(guard.ErrorText(err), maxBytes) }
