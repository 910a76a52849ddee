package webhookhook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// Ping tells a dead-man's switch that runs start, succeed and fail, so that
// somebody hears of the runs that never happened. Like Hook, it never holds up a
// job, retries, and wants a Shutdown.
type Ping struct {
	urls     [3]urlTemplate
	origin   string
	renderer renderer
	sender   *sender
}

var (
	_ core.HookRunStart  = (*Ping)(nil)
	_ core.HookRunEnd    = (*Ping)(nil)
	_ core.Flusher       = (*Ping)(nil)
	_ core.Shutdowner    = (*Ping)(nil)
	_ core.StatsReporter = (*Ping)(nil)
)

// Which URL of a Ping.
const (
	pingStart = iota
	pingSuccess
	pingFailure
)

// maxPingBody is in bytes: what healthchecks keeps of a body at least.
const maxPingBody = 10 << 10

// NewPing returns a hook that pings a URL when a run starts, ends well, and
// fails or is cancelled; the summary of the run is the body. The URL is that of
// the check: for cronitor.link its parameters are appended, for all other hosts
// what healthchecks.io and its servers elsewhere understand. WithPingURLs is
// for other services; the URL is then not used and may be empty. Both styles
// are made from the documentation, and not tried against the services.
func NewPing(check string, opts ...Option) (*Ping, error) {
	c := newConfig(opts)
	for _, name := range c.messageOptions {
		c.mistakes.Secret(false, name, "it has no effect on a ping; leave it out")
	}
	urls, option := c.pingURLs, "WithPingURLs"
	if urls == nil {
		option = "NewPing"
		if _, u, err := parseURL(check); err != nil {
			c.mistakes.Secret(false, option, "the URL "+err.Error())
		} else {
			urls = checkURLs(u)
		}
	}
	p := &Ping{}
	if urls != nil {
		for i, raw := range *urls {
			if raw == "" {
				continue
			}
			t, site, err := parseURLTemplate(c, raw)
			if err != nil {
				c.mistakes.Secret(false, option, "the URL for "+[]string{"starts", "successes", "failures"}[i]+" "+err.Error())
			}
			p.urls[i], p.origin = t, site
		}
		c.mistakes.Secret(*urls != [3]string{}, option, "all URLs are empty; give at least one")
	}
	if err := c.mistakes.Err(); err != nil {
		return nil, err
	}
	p.renderer = newRenderer(c, c.secrets)
	p.sender = newSender(c, p.HookName(), p.origin, p.renderer.scrub)
	return p, nil
}

// HookName returns "webhookhook.ping".
func (*Ping) HookName() string { return "webhookhook.ping" }

// OnRunStart pings that a run starts.
func (p *Ping) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	p.ping(pingStart, startDraft(RunStarted, e))
	return ctx
}

// OnRunEnd pings that a run succeeded, or did not.
func (p *Ping) OnRunEnd(_ context.Context, e core.RunEnd) {
	d := newRunRecord(e.RunStart).endDraft(e)
	switch e.Outcome {
	case core.OutcomeOK:
		d.Event = RunSucceeded
		p.ping(pingSuccess, d)
	case core.OutcomeCanceled:
		d.Event = RunCanceled
		p.ping(pingFailure, d)
	default:
		d.Event = RunFailed
		p.ping(pingFailure, d)
	}
}

func (p *Ping) ping(which int, d *draft) {
	t := p.urls[which]
	if t == nil {
		return
	}
	j := &delivery{
		id: d.ID, created: d.At, runKey: d.RunID, runStarted: d.Started, class: classNotice,
		encode: func() (request, error) {
			m := p.renderer.render(d)
			return request{newSecret(t(m, d.RunID)), "text/plain; charset=utf-8", []byte(ellipsizeBytes(m.summary(), maxPingBody))}, nil
		},
	}
	if which != pingStart {
		j.class, j.persistent = classEnd, true
	}
	p.sender.put(j)
}

// summary is the message as lines of text.
func (m Message) summary() string {
	var b strings.Builder
	b.WriteString(m.Headline() + "\n")
	for _, f := range m.Facts() {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	if detail := m.Detail(); detail != "" {
		b.WriteString(detail + "\n")
	}
	for _, f := range m.Context() {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	return b.String()
}

// Flush waits until all pings are sent or ctx ends.
func (p *Ping) Flush(ctx context.Context) error { return p.sender.flush(ctx) }

// Shutdown sends what waits, as long as ctx allows, or 8 s if it has no
// deadline, and says what was lost.
func (p *Ping) Shutdown(ctx context.Context) error { return p.sender.close(ctx) }

// Stats returns the health of the hook, as Hook.Stats does.
func (p *Ping) Stats() core.HookStats { return p.sender.queue.Stats() }

// Format prints the hook with the scheme and host of its URL, whatever the verb.
func (p *Ping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// String returns the scheme and host of the URL, which is a secret otherwise.
func (p *Ping) String() string { return p.HookName() + "(" + p.origin + ")" }

// LogValue implements slog.LogValuer.
func (p *Ping) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText returns what String does, for JSON.
func (p *Ping) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
