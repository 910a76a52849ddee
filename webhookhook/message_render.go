package webhookhook

import (
	"maps"
	"os"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/itemname"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/redact"
)

// renderer makes messages of drafts: it redacts, cleans and cuts their texts, and
// adds links. It is used on the sender's goroutine.
type renderer struct {
	host          string
	links         func(core.RunInfo) []Link
	userRedact    func(string) string // nil if there is none
	omitErrorText bool
	secrets       *redact.Redactor
}

func newRenderer(c *config) renderer {
	host, _ := os.Hostname() // messages leave an unknown host out
	secrets := append(proxySecrets(), c.secrets...)
	return renderer{host, c.links, c.redact, c.omitErrorText, redact.New(secrets...)}
}

// render returns the message of a draft, ready for a Format.
func (r renderer) render(d *draft) Message {
	m := d.Message
	info := core.RunInfo{Executor: m.Executor, ID: m.RunID, Attrs: maps.Clone(m.Attrs)}
	m.Executor, m.RunID = r.cleanName(m.Executor), r.cleanName(m.RunID)
	m.Host = cleanLine(r.host, maxName)
	m.Attrs = r.cleanAttrs(m.Attrs)
	if d.firstFailure != nil {
		m.FirstFailure = &Failure{Type: r.cleanText(d.firstFailure.errorType, maxName), Item: d.firstFailure.item}
		if !r.omitErrorText {
			m.FirstFailure.Name = r.cleanText(d.firstFailure.name, itemname.MaxBytes)
			m.FirstFailure.Text = ellipsizeRunes(multiLine(r.redact(d.firstFailure.text)), maxErrorText)
		}
	}
	m.Timing.SlowestName = r.cleanText(m.Timing.SlowestName, itemname.MaxBytes)
	if r.omitErrorText {
		m.Timing.SlowestName = ""
	}
	for i, c := range m.Counters {
		m.Counters[i] = Counter{r.cleanText(c.Name, maxAttrKey), r.cleanText(c.Unit, maxAttrKey), c.Value}
	}
	for i := range m.Failures {
		m.Failures[i].Type = r.cleanText(m.Failures[i].Type, maxName)
	}
	if a := m.Anomaly; a != nil {
		m.Anomaly = &Anomaly{r.cleanText(a.Kind, maxAttrKey), a.Over, r.cleanText(a.Text, maxErrorText)}
	}
	if r.links != nil {
		m.Links = cleanLinks(r.userLinks(info), r.cleanText)
	}
	return m
}

// userLinks returns the links of the user's function, none if it panics.
func (r renderer) userLinks(info core.RunInfo) (links []Link) {
	if guard.Call(func() error { links = r.links(info); return nil }) != nil {
		return nil
	}
	return links
}

// redact replaces the hook's secrets, and what the user's redactor finds. A text
// whose redactor panics is replaced as a whole.
func (r renderer) redact(s string) string {
	s = redactText(r.secrets, s)
	if r.userRedact == nil || s == "" {
		return s
	}
	var out string
	if guard.Call(func() error { out = r.userRedact(s); return nil }) != nil {
		return redact.Mark
	}
	return redactText(r.secrets, out)
}

// cleanText redacts a text and makes one line of it.
func (r renderer) cleanText(s string, limit int) string { return cleanLine(r.redact(s), limit) }

// cleanName is cleanText for the names of executors and runs, which are never
// empty. Without a redactor it leaves them as they are: the name of an executor
// may well be part of the URL of its check.
func (r renderer) cleanName(s string) string {
	if r.userRedact != nil {
		s = r.redact(s)
	}
	if s = cleanLine(s, maxName); s != "" {
		return s
	}
	return label.Unknown
}

func (r renderer) cleanAttrs(attrs map[string]string) map[string]string {
	kept := make(map[string]string, len(attrs))
	for k, v := range attrs {
		if key := r.cleanText(k, maxAttrKey); key != "" {
			kept[key] = r.cleanText(v, maxAttrValue)
		}
	}
	return kept
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
