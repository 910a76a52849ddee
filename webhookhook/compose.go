package webhookhook

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/label"
)

// composer makes messages. What events bring is taken over as it is, on the
// goroutine that tells of it; what costs time or calls the user's functions is
// done by finish, on the sender's.
type composer struct {
	host   string
	links  func(core.RunInfo) []Link
	redact func(string) string // the user's; nil if there is none
	noText bool
	scrub  scrubber
}

func newComposer(c *config, secrets []string) composer {
	host, _ := os.Hostname() // without a name, messages do without
	return composer{host, c.links, c.redact, c.noText, newScrubber(secrets)}
}

// draft is a message before finish.
type draft struct {
	Message
	endTold *atomic.Bool // of the run; nil for a start
	first   *failure
}

// started makes the draft of a message about a run that begins.
func started(event Event, e core.RunStart) *draft {
	return &draft{Message: Message{
		Event: event, At: time.Now(),
		Executor: own(e.Executor), RunID: own(e.RunID), Attrs: ownAttrs(e.Attrs),
		Started: e.Started, Workers: e.Workers, Items: e.Items,
	}}
}

// own returns at most 4 KiB of a text, and does not hold on to the rest: what
// waits in the queue is bounded, whatever the job's texts are.
func own(s string) string {
	if len(s) <= maxRawText {
		return s
	}
	return strings.Clone(s[:maxRawText])
}

// ownAttrs is own for attributes, of which it keeps so many.
func ownAttrs(attrs map[string]string) map[string]string {
	kept := make(map[string]string, min(len(attrs), maxAttrs))
	for _, k := range sortedKeys(attrs) {
		if len(kept) == maxAttrs {
			break
		}
		kept[own(k)] = own(attrs[k])
	}
	return kept
}

// ongoing makes the draft of a message about a run that goes on.
func (r *run) ongoing(event Event) *draft {
	d := started(event, r.start)
	d.endTold = r.endTold
	r.mu.Lock()
	p := r.progress
	d.first = r.first
	r.mu.Unlock()
	d.Elapsed = max(p.Elapsed, time.Since(r.start.Started))
	d.ItemsDone, d.ItemsFailed = p.ItemsDone, max(p.ItemsFailed, int(r.failed.Load()))
	d.ItemsDone = max(d.ItemsDone, d.ItemsFailed)
	d.Chunks = p.Chunks
	d.Throughput, d.Remaining = p.Throughput, p.Remaining
	r.summarize(d)
	return d
}

// ended makes the draft of a message about a run that has ended. Which event
// it is, and whether anybody wants to hear of it, depends on what happened before
// and is not decided here: what takes time to find out is left to summarize.
func (r *run) ended(e core.RunEnd) *draft {
	d := started("", e.RunStart)
	d.endTold = r.endTold
	d.Outcome, d.Elapsed = e.Outcome, e.Duration
	d.ItemsDone, d.ItemsFailed = e.ItemsDone, e.ItemsFailed
	d.Chunks, d.ChunksFailed = e.Chunks, e.ChunksFailed
	if e.Duration > 0 {
		d.Throughput = float64(e.ItemsDone) / e.Duration.Seconds()
	}
	r.mu.Lock()
	d.first = r.first
	r.mu.Unlock()
	if d.first == nil && e.Err != nil { // cancelled, or failed as a whole
		d.first = &failure{label.ErrorType(e.Err), errorText(e.Err), -1}
	}
	return d
}

// summarize adds to a draft what the run's chunks and failures were.
func (r *run) summarize(d *draft) { d.Timing, d.Failures = r.timing(), r.failureCounts() }

// finish makes the message ready to be put into words: its texts are redacted,
// cleaned and cut.
func (c composer) finish(d *draft) Message {
	m := d.Message
	info := core.RunInfo{Executor: m.Executor, ID: m.RunID, Attrs: maps.Clone(m.Attrs)}
	m.Executor, m.RunID = c.name(m.Executor), c.name(m.RunID)
	m.Host = clean(c.host, maxName)
	m.Attrs = c.attrs(m.Attrs)
	if d.first != nil {
		m.FirstFailure = &Failure{Type: c.text(d.first.kind, maxName), Item: d.first.item}
		if !c.noText {
			m.FirstFailure.Text = cutRunes(lines(c.redacted(d.first.text)), maxErrorText)
		}
	}
	for i := range m.Failures {
		m.Failures[i].Type = c.text(m.Failures[i].Type, maxName)
	}
	if a := m.Anomaly; a != nil {
		m.Anomaly = &Anomaly{c.text(a.Kind, maxAttrKey), a.Over, c.text(a.Text, maxErrorText)}
	}
	if c.links != nil {
		m.Links = cleanLinks(c.linksOf(info), c.text)
	}
	return m
}

// linksOf asks the user's function, which may panic.
func (c composer) linksOf(info core.RunInfo) (links []Link) {
	if guard.Call(func() error { links = c.links(info); return nil }) != nil {
		return nil
	}
	return links
}

// redacted takes out of a text what must not leave the process.
func (c composer) redacted(s string) string {
	s = c.scrub.replace(head(s, maxRawText))
	if c.redact == nil || s == "" {
		return s
	}
	var out string
	if guard.Call(func() error { out = c.redact(s); return nil }) != nil {
		return mark
	}
	return c.scrub.replace(head(out, maxRawText))
}

// text makes a line of a text that comes from outside.
func (c composer) text(s string, most int) string { return clean(c.redacted(s), most) }

// name makes a line of what names a run, which must not be empty. The program
// chose it: the name of a job may well be part of the URL of its check.
func (c composer) name(s string) string {
	if c.redact != nil {
		s = c.redacted(s)
	}
	if s = clean(s, maxName); s != "" {
		return s
	}
	return label.Unknown
}

func (c composer) attrs(attrs map[string]string) map[string]string {
	kept := make(map[string]string, len(attrs))
	for k, v := range attrs {
		if key := c.text(k, maxAttrKey); key != "" {
			kept[key] = c.text(v, maxAttrValue)
		}
	}
	return kept
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
