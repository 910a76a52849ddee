package webhookhook

import (
	"maps"
	"os"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/label"
)

// composer makes messages. What events bring is taken over as it is, on the
// goroutine that tells of it; what costs time or calls the user's functions is
// done by finish, on the sender's.
type renderer struct {
	host          string
	links         func(core.RunInfo) []Link
	userRedact    func(string) string // the user's; nil if there is none
	omitErrorText bool
	scrub         scrubber
}

func newRenderer(c *config, secrets []string) renderer {
	host, _ := os.Hostname() // without a name, messages do without
	return renderer{host, c.links, c.redact, c.omitErrorText, newScrubber(secrets)}
}

// finish makes the message ready to be put into words: its texts are redacted,
// cleaned and cut.
func (c renderer) render(d *draft) Message {
	m := d.Message
	info := core.RunInfo{Executor: m.Executor, ID: m.RunID, Attrs: maps.Clone(m.Attrs)}
	m.Executor, m.RunID = c.cleanName(m.Executor), c.cleanName(m.RunID)
	m.Host = cleanLine(c.host, maxName)
	m.Attrs = c.cleanAttrs(m.Attrs)
	if d.firstFailure != nil {
		m.FirstFailure = &Failure{Type: c.cleanText(d.firstFailure.errorType, maxName), Item: d.firstFailure.item}
		if !c.omitErrorText {
			m.FirstFailure.Text = ellipsizeRunes(multiLine(c.redact(d.firstFailure.text)), maxErrorText)
		}
	}
	for i := range m.Failures {
		m.Failures[i].Type = c.cleanText(m.Failures[i].Type, maxName)
	}
	if a := m.Anomaly; a != nil {
		m.Anomaly = &Anomaly{c.cleanText(a.Kind, maxAttrKey), a.Over, c.cleanText(a.Text, maxErrorText)}
	}
	if c.links != nil {
		m.Links = cleanLinks(c.userLinks(info), c.cleanText)
	}
	return m
}

// linksOf asks the user's function, which may panic.
func (c renderer) userLinks(info core.RunInfo) (links []Link) {
	if guard.Call(func() error { links = c.links(info); return nil }) != nil {
		return nil
	}
	return links
}

// redacted takes out of a text what must not leave the process.
func (c renderer) redact(s string) string {
	s = c.scrub.replace(truncateBytes(s, maxRawText))
	if c.userRedact == nil || s == "" {
		return s
	}
	var out string
	if guard.Call(func() error { out = c.userRedact(s); return nil }) != nil {
		return redactedMark
	}
	return c.scrub.replace(truncateBytes(out, maxRawText))
}

// text makes a line of a text that comes from outside.
func (c renderer) cleanText(s string, most int) string { return cleanLine(c.redact(s), most) }

// name makes a line of what names a run, which must not be empty. The program
// chose it: the name of a job may well be part of the URL of its check.
func (c renderer) cleanName(s string) string {
	if c.userRedact != nil {
		s = c.redact(s)
	}
	if s = cleanLine(s, maxName); s != "" {
		return s
	}
	return label.Unknown
}

func (c renderer) cleanAttrs(attrs map[string]string) map[string]string {
	kept := make(map[string]string, len(attrs))
	for k, v := range attrs {
		if key := c.cleanText(k, maxAttrKey); key != "" {
			kept[key] = c.cleanText(v, maxAttrValue)
		}
	}
	return kept
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
