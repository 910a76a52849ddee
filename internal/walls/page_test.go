package walls

import (
	"regexp"
	"slices"
	"strings"
)

// block is a fenced block of a page.
type block struct {
	line   int // where its text begins
	mark   string
	text   string
	golden bool // a comment above it names the file that it is compared with
}

var fence = regexp.MustCompile("^ *```([a-z]*)$")

// blocks returns the fenced blocks of a page.
func blocks(page string) []block {
	var all []block
	var open *block
	above := ""
	for i, line := range strings.Split(page, "\n") {
		match := fence.FindStringSubmatch(line)
		switch {
		case match != nil && open == nil:
			open = &block{line: i + 2, mark: match[1], golden: strings.HasPrefix(above, "<!-- ")}
		case match != nil:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
		above = line
	}
	return all
}

// contains tells whether part is in text, as lines that follow each other. A
// space at the end of a line is not seen on a page.
func contains(text, part string) bool {
	whole, lines := trimmed(text), trimmed(part)
	for i := 0; i+len(lines) <= len(whole); i++ {
		if slices.Equal(whole[i:i+len(lines)], lines) {
			return true
		}
	}
	return false
}

func trimmed(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return lines
}
