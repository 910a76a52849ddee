package webhookhook

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/internal/redact"
)

// Ping pings a dead-man's switch when runs start, succeed and fail. Such a service
// alerts people of the runs that did not take place. Like Hook, a Ping never delays
// a run, retries, and is to be shut down. It is safe for concurrent use.
type Ping struct {
	targets  [3]pingTarget
	renderer renderer
	senders  []*sender // one for each origin: what one answers says nothing of another
}

var (
	_ core.HookRunStart  = (*Ping)(nil)
	_ core.HookRunEnd    = (*Ping)(nil)
	_ core.Flusher       = (*Ping)(nil)
	_ core.Shutdowner    = (*Ping)(nil)
	_ core.StatsReporter = (*Ping)(nil)
)

// The kinds of a ping, which are indexes of Ping.targets.
const (
	pingStart = iota
	pingSuccess
	pingFailure
)

// NewPing returns a hook that pings a URL when a run starts, when it succeeds, and
// when it fails or is cancelled. The body is a summary of the run. The URL is that
// of the check. NewPing adds what the service expects: for cronitor.link the
// parameters of Cronitor, for betterstack.com a path for failures, for the paths of
// Uptime Kuma, /api/push/…, its parameters, and for all others the paths and
// parameters of Healthchecks. A service that does not know the URL for starts gets the
// other pings all the same. With WithPingURLs, for other services, the URL is not used
// and may be empty. The styles follow the services' documentation and were not
// tried against the services.
//
// It returns an error that lists every invalid option, among them those that have
// no effect on a ping, and the URL if that is invalid or of a chat, which needs
// New. No secret is in the error.
func NewPing(check string, opts ...Option) (*Ping, error) {
	c := newConfig(opts)
	for _, name := range c.messageOptions {
		c.mistakes.Secret(false, name, "it has no effect on a ping; leave it out")
	}
	urls, method, option := c.pingURLs, "", "WithPingURLs"
	if urls == nil {
		option = "NewPing"
		_, u, err := parseURL(check)
		if err == nil && chatOf(u.Hostname()) != nil {
			err = errIsChat
		}
		if err != nil {
			c.mistakes.Secret(false, option, "the URL "+err.Error())
		} else {
			urls, method = checkURLs(u)
			c.secrets = append(c.secrets, redact.URL(u)...)
		}
	}
	p := &Ping{}
	var origins [3]string
	if urls != nil {
		for i, raw := range *urls {
			if raw == "" {
				continue
			}
			t, origin, u, err := parseURLTemplate(c, raw)
			switch {
			case err != nil:
				c.mistakes.Secret(false, option, "the URL for "+[]string{"starts", "successes", "failures"}[i]+" "+err.Error())
			case c.pingURLs != nil: // else they are those of the check
				c.secrets = append(c.secrets, redact.URL(u)...)
			}
			p.targets[i].url, origins[i] = t, origin
		}
		c.mistakes.Secret(*urls != [3]string{}, option, "all URLs are empty; give at least one")
	}
	if err := c.mistakes.Err(); err != nil {
		return nil, err
	}
	p.renderer = newRenderer(c)
	method = cmp.Or(c.pingMethod, method)
	for i := range p.targets {
		if t := &p.targets[i]; t.url != nil {
			t.sender = p.senderFor(c, origins[i])
			t.method, t.orGet = cmp.Or(method, http.MethodPost), method == ""
		}
	}
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
	switch {
	case isFailed(e.Outcome):
		d.Event = RunFailed
		p.ping(pingFailure, d)
	case e.Outcome == core.OutcomeCanceled:
		d.Event = RunCanceled
		p.ping(pingFailure, d)
	default:
		d.Event = RunSucceeded
		p.ping(pingSuccess, d)
	}
}

// Flush returns once all pings so far are delivered or dropped. It returns an error
// if ctx ends first.
func (p *Ping) Flush(ctx context.Context) error {
	return p.each(func(s *sender) error { return s.flush(ctx) })
}

// Shutdown delivers the pings that wait, as Hook.Shutdown does.
func (p *Ping) Shutdown(ctx context.Context) error {
	ctx, cancel := closing.Context(ctx)
	defer cancel()
	return p.each(func(s *sender) error { return s.close(ctx) })
}

// Stats returns the health of the hook, as Hook.Stats does.
func (p *Ping) Stats() (sum core.HookStats) {
	for _, s := range p.senders {
		stats := s.queue.Stats()
		sum.Produced += stats.Produced
		sum.Delivered += stats.Delivered
		sum.Pending += stats.Pending
		sum.Errors += stats.Errors
		for reason, n := range stats.Dropped {
			if sum.Dropped == nil {
				sum.Dropped = map[string]uint64{}
			}
			sum.Dropped[reason] += n
		}
	}
	return sum
}

// Format implements fmt.Formatter: every verb prints what String returns.
func (p *Ping) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// String returns the name of the hook with the scheme and host of each of its URLs.
// The rest of a URL is a secret.
func (p *Ping) String() string {
	origins := make([]string, len(p.senders))
	for i, s := range p.senders {
		origins[i] = s.origin
	}
	return p.HookName() + "(" + strings.Join(origins, ", ") + ")"
}

// LogValue implements slog.LogValuer.
func (p *Ping) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses.
func (p *Ping) MarshalText() ([]byte, error) { return []byte(p.String()), nil }
