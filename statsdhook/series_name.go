package statsdhook

import (
	"strings"
	"unicode"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

// ownTags are the keys of the tags that the hook sets itself.
var reservedTags = []string{"executor", "outcome", "type", "kind", "hook"}

// stat is a metric as it goes over the wire: its name and its tags.
type metric struct {
	name string
	tags []statsd.Tag
}

// namer makes the stats of one executor.
type metricNamer struct {
	prefix   string
	format   TagFormat
	executor string       // cleaned
	tags     []statsd.Tag // the user's, cleaned
}

// stat returns a metric, perhaps one with a label besides the executor.
func (n *metricNamer) metric(name string, more ...statsd.Tag) metric {
	if n.format == InName {
		path := []string{n.executor, name}
		if n.prefix != "" {
			path = append([]string{n.prefix}, path...)
		}
		for _, tag := range more {
			path = append(path, clean(n.format, tag[1]))
		}
		return metric{name: strings.Join(path, ".")}
	}
	m := metric{name: name, tags: []statsd.Tag{{"executor", n.executor}}}
	if n.prefix != "" {
		m.name = n.prefix + "." + name
	}
	for _, tag := range more {
		m.tags = append(m.tags, statsd.Tag{tag[0], clean(n.format, tag[1])})
	}
	m.tags = append(m.tags, n.tags...)
	return m
}

// clean makes a label, see package label, fit to be the value of a tag, or a
// part of a name for InName: "_" stands for what would end a tag or a line.
// Where the tags are part of the name, servers keep letters and digits of ASCII
// and few other characters; we replace the rest rather than have it cut out.
func clean(f TagFormat, text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case isNameRune(r):
			return r
		case f == InName, f == Graphite && r != '.':
			return '_'
		case strings.ContainsRune(`:|@#,;=[]\"'`, r), unicode.IsSpace(r), unicode.IsControl(r):
			return '_'
		}
		return r
	}, text)
}

// isWord tells whether s can stand between two dots of a name.
func isNamePart(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) })
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-'
}
