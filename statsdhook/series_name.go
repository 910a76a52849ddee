package statsdhook

import (
	"strings"
	"unicode"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

// reservedTags are the keys of the tags that the hook sets itself.
var reservedTags = []string{"executor", "outcome", "type", "kind", "hook"}

// metric is the name and the tags of a metric, as they are sent.
type metric struct {
	name string
	tags []statsd.Tag
}

// metricNamer names the metrics of one executor.
type metricNamer struct {
	prefix   string
	format   TagFormat
	executor string       // cleaned
	tags     []statsd.Tag // from WithTags, cleaned
}

// metric returns a metric with the given tags besides the executor.
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

// clean returns a label as the value of a tag, or for InName as part of a name.
// It replaces each character that would end a tag or a line by "_". Where tags
// are part of the name, servers keep ASCII letters and digits and few other
// characters. They cut out the others, so that clean replaces these, too.
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

// isNamePart reports whether s is valid between two dots of a name.
func isNamePart(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isNameRune(r) })
}

func isNameRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-'
}
