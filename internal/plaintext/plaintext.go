// Package plaintext cleans texts from outside, such as the text of an error or
// the name of an executor. The result is safe on a terminal and in a line of a
// log.
package plaintext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/guard"
)

// Clean returns s as one line of valid UTF-8 without control or format
// characters, which could command a terminal. White space of any kind becomes
// single spaces. A result longer than maxBytes is cut there and gets a "…", which
// does not count.
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

// isClean reports whether s is printable ASCII with single spaces. Most texts
// are.
func isClean(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// Error returns the cleaned text of err, and "" for nil. If the Error method
// panics or calls runtime.Goexit, the text says so.
func Error(err error, maxBytes int) string { return Clean(guard.ErrorText(err), maxBytes) }
