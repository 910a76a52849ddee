package webhookhook

import (
	"strings"
	"unicode/utf8"
)

// dialect is how a target reads texts: in what it counts their length, and how
// a character has to be written so that it means nothing but itself.
//
// Texts are escaped and cut in one step, so that a limit holds for what is sent
// and no escape sequence is cut in two.
type dialect struct {
	size func(rune) int // of a character in the target's unit
	// text writes a character in running text, code one in a block of code. They
	// are told the character before it as well.
	text, code func(before, r rune) string
}

// Units in which targets count.
func byteSize(r rune) int { return utf8.RuneLen(r) }
func runeSize(rune) int   { return 1 }
func utf16Size(r rune) int {
	if r >= 0x10000 {
		return 2
	}
	return 1
}

// fit returns s escaped for running text, at most limit long.
func (d dialect) fit(s string, limit int) string { return d.write(s, limit, d.text) }

// fitCode is fit for a block of code.
func (d dialect) fitCode(s string, limit int) string { return d.write(s, limit, d.code) }

// length returns how long a text is that is written already.
func (d dialect) length(written string) (n int) {
	for _, r := range written {
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
		mark   int // the length of b up to which an ellipsis still fits behind
		before rune
	)
	for _, r := range s { // an invalid byte becomes utf8.RuneError
		written := escape(before, r)
		length += d.length(written)
		if length > limit {
			if room < 0 {
				return ""
			}
			return b.String()[:mark] + string(ellipsis)
		}
		b.WriteString(written)
		if length <= room {
			mark = b.Len()
		}
		before = r
	}
	return b.String()
}

func verbatim(_, r rune) string { return string(r) }

// invisible breaks a sequence that a target would act upon, without a trace
// for the eye: a space of no width.
const zeroWidthSpace = "\u200b"

// fenced writes a character so that it does not begin or end a block of code,
// ``` and ```.
func escapeCode(before, r rune) string {
	if r == '`' && before == '`' {
		return zeroWidthSpace + "`"
	}
	return string(r)
}

// quietDialect is for texts that a target shows as they are, but may look for
// URLs and mentions in.
var plainDialect = dialect{utf16Size, escapePlain, escapePlain}

func escapePlain(before, r rune) string {
	switch r {
	case '<', '@':
		return string(r) + zeroWidthSpace
	case '/':
		if before == ':' || before == '/' { // of a URL
			return zeroWidthSpace + "/"
		}
	case '.':
		if before == 'w' || before == 'W' { // www.
			return zeroWidthSpace + "."
		}
	}
	return string(r)
}

// slackDialect is Slack's mrkdwn. Its three control characters become entities:
// nothing can be a mention, a link or a date then.
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

// markdown is what Discord, Mattermost and Teams read, each with its own unit:
// no emphasis, link, heading, quote or mention comes out of a text.
func markdownDialect(size func(rune) int) dialect {
	return dialect{size, escapeMarkdown, escapeMarkdownCode}
}

func escapeMarkdown(before, r rune) string {
	switch r {
	case '\\', '`', '*', '_', '~', '|', '[', ']', '#', '>':
		return `\` + string(r)
	}
	// A backslash does not keep every target from reading <!channel>, <@1> or
	// @all behind it; a character in between does.
	return escapePlain(before, r)
}

// fencedMarkdown also breaks mentions: Mattermost looks for them in code, too.
func escapeMarkdownCode(before, r rune) string {
	if r == '@' || r == '<' {
		return string(r) + zeroWidthSpace
	}
	return escapeCode(before, r)
}
