package webhookhook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/chunkscope/chunkscope/core"
)

// Ping pings a dead-man's switch when runs start, succeed and fail. Such a service
// alerts people of the runs that did not take place. Like Hook, a Ping never delays
// a run, retries, and is to be shut down. It is safe for concurrent use.
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

// The kinds of a ping, which are indexes of Ping.urls.
const (
	pingStart = iota
	pingSuccess
	pingFailure
)

// maxPingBody limits the body of a ping, in bytes. Healthchecks stores no more.
const maxPingBody = 10 << 10

// NewPing returns a hook that pings a URL when a run starts, when it succeeds, and
// when it fails or is cancelled. The body is a summary of the run. The URL is that
// of the check. For cronitor.link, NewPing appends the parameters of Cronitor, for
// all other hosts the paths and parameters of Healthchecks. With WithPingURLs, for
// other services, the URL is not used and may be empty. Both styles follow the
// services' documentation and were not tried against the services.
//
// It returns an error that lists every invalid option, among them those that have
// no effect on a ping, and the URL if that is invalid. No secret is in the error.
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
			t, origin, err := parseURLTemplate(c, raw)
			if err != nil {
				c.mistakes.Secret(false, option, "the URL for "+[]string{"starts", "successes", "failures"}[i]+" "+err.Error())
			}
			p.urls[i], p.origin = t, origin
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

// OnRunStart pings the URL for starts.
func (p *Ping) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	p.ping(pingStart, startDraft(RunStarted, e))
	return ctx
}

// OnRunEnd pings the URL for successes, or that for failures.
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

func (p *Ping) ping(kind int, d *draft) {
	t := p.urls[kind]
	if t == nil {
		return
	}
	queued := &delivery{
		id: d.ID, created: d.At, runKey: d.RunID, runStarted: d.Started, class: classNotice,
		encode: func() (request, error) {
			m := p.renderer.render(d)
			return request{newSecret(t(m, d.RunID)), "text/plain; charset=utf-8", []byte(ellipsizeBytes(m.summary(), maxPingBody))}, nil
		},
	}
	if kind != pingStart {
		queued.class, queued.persistent = classEnd, true
	}
	p.sender.put(queued)
}

// summary returns the message as lines of text.
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

// Flush returns once all pings so far are delivered or dropped. It returns an error
// if ctx ends first.
func (p *Ping) Flush(ctx context.Context) error { return p.sender.flush(ctx) }

// Shutdown delivers the pings that wait, as Hook.Shutdown does.
func (p *Ping) Shutdown(ctx context.Context) error { return p.sender.close(ctx) }

// Stats returns the health of the hook, as Hook.Stats does.
func (p *Ping) Stats() core.HookStats { return p.sender.queue.Stats() }

// Format implements fmt.Formatter: every verb prints what String returns.
func (p *Ping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// String returns the name of the hook with the scheme and host of its URL. The rest
// of the URL is a secret.
func (p *Ping) String() string { return p.HookName() + "(" + p.origin + ")" }

// LogValue implements slog.LogValuer.
func (p *Ping) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses.
func (p *Ping) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
