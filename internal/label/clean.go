package label

import (
	"fmt"
	"hash/fnv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// Other is the label of everything beyond a limit.
	Other = "_other"
	// Unknown is the label of what has no name, as in a zero event.
	Unknown = "unknown"

	// MaxExecutors is how many executors have a label of their own.
	MaxExecutors = 200
	// MaxErrorTypes is how many types of errors do.
	MaxErrorTypes = 32

	maxBytes = 128
)

// Clean makes a label of s that is valid in every backend: UTF-8 without
// control characters, at most 128 bytes. A text that has to be changed for
// that ends in a hash of the original, so that distinct texts stay distinct.
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
		s = s[:keep] // what this leaves of a cut character is invalid and goes with the next step
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

// hidden tells whether a reader would not see r, or see it elsewhere than it
// stands: control and format characters, those that reverse the direction of
// text among them.
func isInvisible(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }
