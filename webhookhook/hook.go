package webhookhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/redact"
	"github.com/chunkscope/chunkscope/internal/runctx"
)

// Hook sends messages about runs to a webhook. It is safe for concurrent use
// and may be registered with several executors. Shutdown delivers its last
// messages.
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

// Classes of messages in the queue. A full queue drops the lowest class first.
const (
	classProgress = iota
	classNotice   // starts, first failures, anomalies
	classEnd
	classes // their number
)

// New returns a hook that posts to a URL. It sends nothing, resolves nothing and
// starts no goroutine; the first message does. It returns an error that lists
// every invalid option, and the URL if that is invalid or of a dead-man's switch,
// which needs NewPing. No secret is in the error, nor is the URL.
func New(url string, opts ...Option) (*Hook, error) {
	c := newConfig(opts)
	h := &Hook{format: c.format}
	endpoint, u, err := parseURL(url)
	if err == nil {
		service := serviceFor(u.Hostname())
		if err = checkScheme(c, u.Scheme, u.Hostname(), service.httpsOnly); err == nil && isCheck(u) {
			err = errIsCheck
		}
		if h.format == nil {
			h.format = service.format
		}
	}
	if err != nil {
		c.mistakes.Secret(false, "New", "the URL "+err.Error())
	} else {
		c.secrets = append(c.secrets, redact.URL(u)...)
	}
	c.mistakes.Secret(c.pingURLs == nil, "WithPingURLs", "it is an option of NewPing; leave it out")
	c.mistakes.Secret(c.pingMethod == "", "WithPingMethod", "it is an option of NewPing; leave it out")
	if err := c.mistakes.Err(); err != nil {
		return nil, err
	}
	h.url = endpoint
	h.renderer = newRenderer(c)
	h.sender = newSender(c, "webhookhook", endpoint.origin, h.renderer.secrets)
	if a, ok := h.format.(interface{ Accepts([]byte) bool }); ok {
		h.sender.accepts = a.Accepts
	}
	h.policy = newPolicy(c, h.send, h.sender.countMerged)
	return h, nil
}

// checkScheme returns an error for plain HTTP to another machine, as everybody on
// the way could read the URL.
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

// OnRunStart begins the record of a run, which it returns in the context, and
// sends RunStarted if that is enabled.
func (h *Hook) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	h.policy.runStart(e)
	return runctx.With(ctx, h, newRunRecord(e))
}

// OnRunEnd sends RunFailed, RunCanceled, RunRecovered or RunSucceeded. It queues
// the message and returns.
func (h *Hook) OnRunEnd(ctx context.Context, e core.RunEnd) {
	r := runctx.From[*runRecord](ctx, h)
	if r == nil { // OnRunStart was not called for the run
		r = newRunRecord(e.RunStart)
	}
	h.policy.runEnd(r, e)
}

// OnChunkEnd adds a chunk's duration to the record of its run. It never waits
// and does not allocate.
func (h *Hook) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	if r := runctx.From[*runRecord](ctx, h); r != nil {
		r.chunkEnd(ctx, e)
	}
}

// OnItemFailure counts a failure by the type of its error. It keeps the text of the
// run's first failure.
func (h *Hook) OnItemFailure(ctx context.Context, e core.ItemFailure) {
	if r := runctx.From[*runRecord](ctx, h); r != nil && r.itemFailure(e) {
		h.policy.scheduleFirstFailure(r)
	}
}

// OnProgress sends RunProgress at milestones and intervals.
func (h *Hook) OnProgress(ctx context.Context, e core.Progress) {
	if r := runctx.From[*runRecord](ctx, h); r != nil {
		h.policy.progress(r, e)
	}
}

// OnAnomaly sends RunAnomaly for the beginning and the end of an anomaly, once for
// each kind and run.
func (h *Hook) OnAnomaly(ctx context.Context, e core.Anomaly) {
	r := runctx.From[*runRecord](ctx, h)
	if r == nil {
		r = newRunRecord(core.RunStart{Executor: e.Executor, RunID: e.RunID, Items: -1, Started: e.At})
	}
	h.policy.anomaly(r, e)
}

// send queues a message.
func (h *Hook) send(d *draft) {
	d.ID = newID()
	queued := &delivery{
		id: d.ID, created: d.At, runKey: d.Executor + "\x00" + d.RunID,
		class: classNotice, persistent: true, notFound: retry, // the one URL: an outage, or a mistake that someone may cure
		encode: func() (request, error) { return h.encode(d) },
	}
	switch d.Event {
	case RunProgress:
		queued.class, queued.persistent, queued.latestOnly = classProgress, false, true
	case RunStarted:
		queued.persistent = false
	case RunFailed, RunCanceled, RunRecovered, RunSucceeded:
		queued.class = classEnd
		d.endQueued.Store(true)
	case FirstFailure, RunAnomaly:
		queued.superseded = d.endQueued
	}
	h.sender.put(queued)
}

// encode returns the request of a message. It runs on the sender's goroutine.
func (h *Hook) encode(d *draft) (request, error) {
	contentType, body, err := h.format.Encode(h.renderer.render(d))
	return request{h.url.raw, http.MethodPost, contentType, body}, err
}

// Flush sends what waits for its time, see WithRepeatInterval, and returns once
// all messages so far are delivered or dropped. It returns an error if ctx ends
// first.
func (h *Hook) Flush(ctx context.Context) error {
	h.policy.sendPending()
	return h.sender.flush(ctx)
}

// Shutdown delivers the messages that wait. It gives up when ctx ends, or after 8 s
// if ctx has no deadline. The error says how many messages were lost, by reason. Later messages are dropped and counted. Shutdown may be called at any
// moment and more than once.
func (h *Hook) Shutdown(ctx context.Context) error {
	h.policy.close()
	return h.sender.close(ctx)
}

// Stats returns the health of the hook. The package's documentation lists the
// reasons for dropping a message.
func (h *Hook) Stats() core.HookStats { return h.sender.queue.Stats() }

// Format implements fmt.Formatter: every verb prints what String returns.
func (h *Hook) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, h.String()) }

// String returns the name of the hook with the scheme and host of its URL. The rest
// of the URL is a secret.
func (h *Hook) String() string { return "webhookhook(" + h.url.origin + ")" }

// LogValue implements slog.LogValuer.
func (h *Hook) LogValue() slog.Value { return slog.StringValue(h.String()) }

// MarshalText implements encoding.TextMarshaler, which encoding/json uses.
func (h *Hook) MarshalText() ([]byte, error) { return []byte(h.String()), nil }
