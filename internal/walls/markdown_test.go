package walls

import (
	"regexp"
	"slices"
	"strings"
)

// block is a fenced block of a Markdown page.
type block struct {
	line              int // number of its first line
	language          string
	text              string
	comparedElsewhere bool // another test compares it with the file that the comment above it names
}

var fenceLine = regexp.MustCompile("^ *```([a-z]*)$")

// fencedBlocks returns the fenced blocks of a page.
func fencedBlocks(page string) []block {
	var all []block
	var open *block
	previous := ""
	for i, line := range strings.Split(page, "\n") {
		match := fenceLine.FindStringSubmatch(line)
		switch {
		case match != nil && open == nil:
			open = &block{line: i + 2, language: match[1], comparedElsewhere: strings.HasPrefix(previous, "<!-- ")}
		case match != nil:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
		previous = line
	}
	return all
}

// containsLines reports whether text contains the lines of part, one after the
// other. It ignores spaces at the end of a line, which no reader of a page
// sees.
func containsLines(text, part string) bool {
	all, wanted := trimmedLines(text), trimmedLines(part)
	for i := 0; i+len(wanted) <= len(all); i++ {
		if slices.Equal(all[i:i+len(wanted)], wanted) {
			return true
		}
	}
	return false
}

func trimmedLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return lines
}
