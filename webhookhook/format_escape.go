package webhookhook

import (
	"strings"
	"unicode/utf8"
)

// dialect is the markup of a service: the unit in which it counts the length of
// texts, and how a character is escaped so that it has no meaning as markup.
//
// Texts are escaped and cut in one step, so that a limit holds for what is sent
// and no escape sequence is cut in two.
type dialect struct {
	size func(rune) int // of a character, in the service's unit
	// text escapes a character in running text, code one in a block of code. Both
	// also get the character before it.
	text, code func(before, r rune) string
}

// The units in which services count.
func byteSize(r rune) int { return utf8.RuneLen(r) }
func runeSize(rune) int   { return 1 }
func utf16Size(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// fit escapes s for running text, and cuts it to limit.
func (d dialect) fit(s string, limit int) string { return d.write(s, limit, d.text) }

// fitCode is fit for a block of code.
func (d dialect) fitCode(s string, limit int) string { return d.write(s, limit, d.code) }

// length returns the length of an escaped text.
func (d dialect) length(escaped string) (n int) {
	for _, r := range escaped {
		n += d.size(r)
	}
	return n
}

const ellipsis = '…'

func (d dialect) write(s string, limit int, escape func(before, r rune) string) string {
	limit = max(limit, 0)
	room := limit - d.size(ellipsis)
	var (
		b      strings.Builder
		length int
		fits   int // the length of b after which there is still room for an ellipsis
		before rune
	)
	for _, r := range s { // an invalid byte becomes utf8.RuneError
		escaped := escape(before, r)
		length += d.length(escaped)
		if length > limit {
			if room < 0 {
				return ""
			}
			return b.String()[:fits] + string(ellipsis)
		}
		b.WriteString(escaped)
		if length <= room {
			fits = b.Len()
		}
		before = r
	}
	return b.String()
}

func verbatim(_, r rune) string { return string(r) }

// zeroWidthSpace breaks a sequence that is markup, without a visible change.
const zeroWidthSpace = "\u200b"

// escapeCode keeps a text from ending its block of code, which is fenced by ```.
func escapeCode(before, r rune) string {
	if r == '`' && before == '`' {
		return zeroWidthSpace + "`"
	}
	return string(r)
}

// plainDialect is that of services that show a text as it is, but may turn URLs and
// mentions in it into links.
var plainDialect = dialect{utf16Size, escapePlain, escapePlain}

func escapePlain(before, r rune) string {
	switch r {
	case '<', '@':
		return string(r) + zeroWidthSpace
	case '/':
		if before == ':' || before == '/' { // https://
			return zeroWidthSpace + "/"
		}
	case '.':
		if before == 'w' || before == 'W' { // www.
			return zeroWidthSpace + "."
		}
	}
	return string(r)
}

// slackDialect is Slack's mrkdwn. It escapes the three control characters, without
// which there are no mentions, links and dates.
var slackDialect = dialect{utf16Size, escapeSlack, escapeSlack}

func escapeSlack(before, r rune) string {
	switch r {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	}
	return escapeCode(before, r)
}

// markdownDialect is that of Discord, Mattermost and Teams, each with a unit of its
// own. It escapes emphasis, links, headings, quotes and mentions.
func markdownDialect(size func(rune) int) dialect {
	return dialect{size, escapeMarkdown, escapeMarkdownCode}
}

func escapeMarkdown(before, r rune) string {
	switch r {
	case '\\', '`', '*', '_', '~', '|', '[', ']', '#', '>':
		return `\` + string(r)
	}
	// Some services read <!channel>, <@1> or @all after a backslash, too. A
	// character inside of them prevents it.
	return escapePlain(before, r)
}

// escapeMarkdownCode also escapes mentions, which Mattermost finds in code, too.
func escapeMarkdownCode(before, r rune) string {
	if r == '@' || r == '<' {
		return string(r) + zeroWidthSpace
	}
	return escapeCode(before, r)
}
