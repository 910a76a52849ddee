package webhookhook

import (
	"strings"
	"unicode"
)

// Limits of the texts in a message.
const (
	maxName      = 128 // bytes
	maxErrorText = 200 // characters
	maxAttrs     = 16
	maxAttrKey   = 64  // bytes
	maxAttrValue = 256 // bytes
	maxLinks     = 5
	maxLinkTitle = 75   // bytes
	maxLinkURL   = 1000 // bytes
)

// clean makes a line of a text that came from outside: valid UTF-8, without
// characters that nobody sees, at most so many bytes.
func cleanLine(s string, most int) string {
	return ellipsizeBytes(oneLine(truncateBytes(s, 4*most)), most)
}

// cut shortens s to at most so many bytes.
func ellipsizeBytes(s string, most int) string {
	return dialect{byteSize, verbatim, verbatim}.fit(s, most)
}

// head returns at most the first n bytes of s, so that nothing is spent on
// what is cut off later.
func truncateBytes(s string, n int) string { return s[:min(len(s), n)] }

// oneLine replaces line ends and other invisible characters by spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// lines is oneLine for a text that may have several.
func multiLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && isInvisible(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// hidden tells whether a reader would not see r, or see other characters
// elsewhere than they stand.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// cutRunes shortens s to at most so many characters.
func ellipsizeRunes(s string, most int) string {
	return dialect{runeSize, verbatim, verbatim}.fit(s, most)
}
