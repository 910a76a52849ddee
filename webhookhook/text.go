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
	maxCounters  = 16
	maxLinkTitle = 75   // bytes
	maxLinkURL   = 1000 // bytes
)

// cleanLine returns a text as one line of valid UTF-8 without invisible characters,
// of at most limit bytes.
func cleanLine(s string, limit int) string {
	return ellipsizeBytes(oneLine(truncateBytes(s, 4*limit)), limit)
}

// ellipsizeBytes shortens s to at most limit bytes, the ellipsis included.
func ellipsizeBytes(s string, limit int) string {
	return dialect{byteSize, verbatim, verbatim}.fit(s, limit)
}

// truncateBytes returns at most the first n bytes of s, so that no time goes into
// what is cut off later. It may cut a character in two.
func truncateBytes(s string, n int) string { return s[:min(len(s), n)] }

// oneLine replaces invisible characters, line ends among them, with spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// multiLine is oneLine for a text that keeps its line ends.
func multiLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && isInvisible(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// isInvisible reports whether r is a control or format character, one that
// reverses the direction of text for instance.
func isInvisible(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// ellipsizeRunes shortens s to at most limit characters, the ellipsis included.
func ellipsizeRunes(s string, limit int) string {
	return dialect{runeSize, verbatim, verbatim}.fit(s, limit)
}
