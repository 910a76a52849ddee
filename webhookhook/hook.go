package webhookhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/runctx"
)

// Hook sends messages about runs to a webhook. It is safe for concurrent use
// and may be registered with several executors. Shut it down to have the last
// messages delivered.
type Hook struct {
	policy   *policy
	renderer renderer
	format   Format
	url      endpointURL
	sender   *sender
}

var (
	_ core.HookRunStart    = (*Hook)(nil)
	_ core.HookRunEnd      = (*Hook)(nil)
	_ core.HookChunkEnd    = (*Hook)(nil)
	_ core.HookItemFailure = (*Hook)(nil)
	_ core.HookProgress    = (*Hook)(nil)
	_ core.HookAnomaly     = (*Hook)(nil)
	_ core.Flusher         = (*Hook)(nil)
	_ core.Shutdowner      = (*Hook)(nil)
	_ core.StatsReporter   = (*Hook)(nil)
)

// Classes of messages in the queue: a full one gives up the lower ones first.
const (
	classProgress = iota
	classNotice   // start, first failure, anomaly
	classEnd
	classes
)

// New returns a hook that posts to a URL. Nothing is sent or resolved yet, and
// no goroutine started. It returns an error, without the URL in it, if the URL
// or an option cannot be.
func New(url string, opts ...Option) (*Hook, error) {
	c := newConfig(opts)
	h := &Hook{format: c.format}
	addr, u, err := parseURL(url)
	if err == nil {
		service := serviceFor(u.Hostname())
		err = checkScheme(c, u.Scheme, u.Hostname(), service.httpsOnly)
		if h.format == nil {
			h.format = service.format
		}
	}
	if err != nil {
		c.mistakes.Secret(false, "New", "the URL "+err.Error())
	} else {
		c.secrets = append(c.secrets, urlSecrets(u)...)
	}
	c.mistakes.Secret(c.pingURLs == nil, "WithPingURLs", "it is an option of NewPing; leave it out")
	if err := c.mistakes.Err(); err != nil {
		return nil, err
	}
	h.url = addr
	h.renderer = newRenderer(c, c.secrets)
	h.sender = newSender(c, "webhookhook", addr.origin, h.renderer.scrub)
	if a, ok := h.format.(interface{ Accepts([]byte) bool }); ok {
		h.sender.accepts = a.Accepts
	}
	h.policy = newPolicy(c, h.send, h.sender.countMerged)
	return h, nil
}

// checkScheme refuses plain HTTP where it would show the secret to a network.
func checkScheme(c *config, scheme, host string, httpsOnly bool) error {
	switch {
	case scheme == "https":
		return nil
	case httpsOnly:
		return errors.New("has the scheme http, which this service does not take; use https")
	case !c.plainHTTP && !isLoopback(host):
		return errors.New("has the scheme http, which shows it to the network; use https, or allow http with WithPlainHTTP")
	}
	return nil
}

// HookName returns "webhookhook".
func (*Hook) HookName() string { return "webhookhook" }

// OnRunStart begins the record of a run, which later moments find in the
// context, and tells of the run if RunStarted is asked for.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	h.policy.runStart(e)
	return runctx.With(ctx, h, newRunRecord(e))
}

// OnRunEnd tells that a run failed, was cancelled, recovered or succeeded. It
// puts the message in the queue and returns.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	r := runctx.From[*runRecord](ctx, h)
	if r == nil { // the hook did not see it start
		r = newRunRecord(e.RunStart)
	}
	h.policy.runEnd(r, e)
}

// OnChunkEnd adds a chunk's duration to the record of its run. It never waits
// and does not allocate.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if r := runctx.From[*runRecord](ctx, h); r != nil {
		r.chunkEnd(e)
	}
}

// OnItemFailure counts a failure by its type, and keeps the text of the first.
func (h *Hook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if r := runctx.From[*runRecord](ctx, h); r != nil && r.itemFailure(e) {
		h.policy.scheduleFirstFailure(r)
	}
}

// OnProgress tells how far a run is, at the points that were asked for.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	if r := runctx.From[*runRecord](ctx, h); r != nil {
		h.policy.progress(r, e)
	}
}

// OnAnomaly tells of an anomaly, once for each kind and run, and of its end.
func (h *Hook) OnAnomaly(ctx context.Context, e core.Anomaly) {
	r := runctx.From[*runRecord](ctx, h)
	if r == nil {
		r = newRunRecord(core.RunStart{Executor: e.Executor, RunID: e.RunID, Items: -1, Started: e.At})
	}
	h.policy.anomaly(r, e)
}

// send puts a message in the queue.
func (h *Hook) send(d *draft) {
	d.ID = newID()
	j := &delivery{
		id: d.ID, created: d.At, runKey: d.Executor + "\x00" + d.RunID, runStarted: d.Started,
		class: classNotice, persistent: true,
		encode: func() (request, error) { return h.encode(d) },
	}
	switch d.Event {
	case RunProgress:
		j.class, j.persistent, j.latestOnly = classProgress, false, true
	case RunStarted:
		j.persistent = false
	case RunFailed, RunCanceled, RunRecovered, RunSucceeded:
		j.class = classEnd
		d.endQueued.Store(true)
	case FirstFailure, RunAnomaly:
		j.superseded = d.endQueued
	}
	h.sender.put(j)
}

// render puts a message into words, on the sender's goroutine.
func (h *Hook) encode(d *draft) (request, error) {
	contentType, body, err := h.format.Encode(h.renderer.render(d))
	return request{h.url.raw, contentType, body}, err
}

// Flush sends what is held back to be told together with what follows, and waits
// until the queue is empty or ctx ends.
func (h *Hook) Flush(ctx context.Context) error {
	h.policy.sendPending()
	return h.sender.flush(ctx)
}

// Shutdown delivers what waits, as long as ctx allows, or 8 s if it has no
// deadline, and says what was lost. Messages that come later are dropped and
// counted. It is safe to call more than once and at any moment.
func (h *Hook) Shutdown(ctx context.Context) error {
	h.policy.close()
	return h.sender.close(ctx)
}

// Stats returns the health of the hook. Its reasons for dropping a message are
// listed in the package's documentation.
func (h *Hook) Stats() core.HookStats { return h.sender.queue.Stats() }

// Format prints the hook with the scheme and host of its URL, whatever the verb.
func (h *Hook) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// String returns the scheme and host of the URL, which is a secret otherwise.
func (h *Hook) String() string { return "webhookhook(" + h.url.origin + ")" }

// LogValue implements slog.LogValuer.
func (h *Hook) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText returns what String does, for JSON.
func (h *Hook) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
