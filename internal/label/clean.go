package label

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Other is the label that all values beyond a limit share.
	Other = "_other"
	// Unknown is the label of an empty text, for example of the executor in a
	// zero event.
	Unknown = "unknown"

	// MaxExecutors is how many executors have a label of their own.
	MaxExecutors = 200
	// MaxErrorTypes is how many types of errors have a label of their own.
	MaxErrorTypes = 32

	maxBytes = 128
)

// Clean returns s as a label that is valid in every backend: UTF-8 without
// control characters, at most 128 bytes. A label that differs from s ends in a
// hash of s, so that distinct texts stay distinct. The empty text gives Unknown.
func Clean(s string) string {
	switch {
	case s == "":
		return Unknown
	case s != Other && len(s) <= maxBytes && utf8.ValidString(s) && !strings.ContainsFunc(s, isInvisible):
		return s
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(s)) // never fails
	suffix := fmt.Sprintf("~%08x", hash.Sum32())
	if keep := maxBytes - len(suffix); len(s) > keep {
		s = s[:keep] // the next step removes what is left of a character that is cut
	}
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return '_'
		}
		return r
	}, s)
	return s + suffix
}

// isInvisible reports whether r is a control or format character, which a
// reader does not see. Some of them reverse the direction of text.
func isInvisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
