package webhookhook

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Defaults and limits.
const (
	defaultTimeout        = 10 * time.Second
	defaultQueueSize      = 64
	defaultRepeatInterval = time.Minute
)

// Option sets up a Hook or a Ping. New and NewPing return an error for a value
// that is out of range, and NewPing for an option that means nothing to a ping.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	format           Format
	events           []Event
	milestones       []int
	progressInterval time.Duration
	repeatInterval   time.Duration
	links            func(core.RunInfo) []Link
	redact           func(string) string
	omitErrorText    bool

	header        http.Header
	signingKeys   [][]byte
	client        *http.Client
	timeout       time.Duration
	addressFilter func(netip.Addr) error
	plainHTTP     bool
	queueSize     int
	logger        *slog.Logger // nil: slog.Default at the time of logging

	pingURLs    *[3]string
	attemptRate rate.Limit     // of attempts
	random      func() float64 // for backoffs; nil: a random one

	secrets        []string // what the options hold that nobody may see
	messageOptions []string // options given that mean nothing to a ping

	mistakes optcheck.Mistakes
}

func newConfig(opts []Option) *config {
	c := &config{
		events:         events[:5],
		repeatInterval: defaultRepeatInterval,
		header:         http.Header{},
		timeout:        defaultTimeout,
		queueSize:      defaultQueueSize,
		attemptRate:    rate.Every(time.Second),
		mistakes:       optcheck.Mistakes{Package: "webhookhook"},
	}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	c.mistakes.Secret(c.client == nil || c.addressFilter == nil, "WithAddressFilter",
		"it has no effect with WithHTTPClient, which connects by itself; give one of the two")
	return c
}

// messageOption is an option that means nothing to a ping.
func messageOption(name string, apply func(*config)) Option {
	return optionFunc(func(c *config) {
		c.messageOptions = append(c.messageOptions, name)
		apply(c)
	})
}

// WithFormat sets how messages are put into words. The default, kept by nil,
// follows from the URL's host: Discord for discord.com, Teams for Microsoft's
// workflow hosts, Mattermost for hosts with that name in theirs, and Slack for
// all others.
func WithFormat(f Format) Option {
	return messageOption("WithFormat", func(c *config) {
		c.mistakes.NotTypedNil("WithFormat", f)
		if f != nil {
			c.format = f
		}
	})
}

// WithEvents sets what is sent, in place of the default: RunFailed, RunCanceled,
// RunRecovered, FirstFailure, RunAnomaly. RunProgress needs WithMilestones or
// WithProgressInterval, which ask for it by themselves.
func WithEvents(wanted ...Event) Option {
	return messageOption("WithEvents", func(c *config) {
		for _, e := range wanted {
			c.mistakes.Require(slices.Contains(events, e), "WithEvents", string(e), "there is no such event; use the constants of type Event")
		}
		c.events = slices.Clone(wanted)
	})
}

// WithMilestones sends a message when a run passes so many percent, for runs
// whose total is known. If it passes several between two messages, the last
// one is told. The default is none.
func WithMilestones(percents ...int) Option {
	return messageOption("WithMilestones", func(c *config) {
		for _, p := range percents {
			c.mistakes.Require(p >= 1 && p <= 99, "WithMilestones", p, "the milestone is out of range; give percents from 1 to 99")
		}
		c.milestones = slices.Sorted(slices.Values(percents))
	})
}

// WithProgressInterval sends a message of how far a run is each time so long has
// passed since the run's last one. The default is never; the least is 10 s.
func WithProgressInterval(d time.Duration) Option {
	return messageOption("WithProgressInterval", func(c *config) {
		c.mistakes.Require(d >= 10*time.Second, "WithProgressInterval", d,
			"the interval is too short for messages that people read; give 10s or more")
		c.progressInterval = d
	})
}

// WithRepeatInterval sets how soon a message may repeat another about the same
// executor and of the same event. The ends of runs that come sooner are told
// together, by the last of them, when the time is over; the other events are
// left out. The default is a minute; for jobs that run every few minutes, hours
// are a good value. With 0 everything is told.
func WithRepeatInterval(d time.Duration) Option {
	return messageOption("WithRepeatInterval", func(c *config) {
		c.mistakes.Require(d >= 0, "WithRepeatInterval", d, "the interval is negative; give 0 or more")
		c.repeatInterval = d
	})
}

// WithLinks adds links to every message, to a dashboard for instance; at most
// 5. The function is called on a goroutine of the hook. The default, kept by
// nil, is none.
func WithLinks(links func(core.RunInfo) []Link) Option {
	return messageOption("WithLinks", func(c *config) {
		if links != nil {
			c.links = links
		}
	})
}

// WithoutErrorText keeps the text of errors and panics out of messages: only
// their type is sent. The default is the type and the first 200 characters.
func WithoutErrorText() Option { return optionFunc(func(c *config) { c.omitErrorText = true }) }

// WithRedactor passes every text that comes from the job through a function
// that takes out what must not leave the process: error texts, attributes,
// names. It gets at most 4 KiB, before anything is cut off, on a goroutine of
// the hook, and must be safe for concurrent use. If it panics, the text is left
// out. The default, kept by nil, only takes out the hook's own URL and secrets,
// which is done in any case.
func WithRedactor(redact func(string) string) Option {
	return optionFunc(func(c *config) {
		if redact != nil {
			c.redact = redact
		}
	})
}

// WithHTTPClient sets the client to send with. It is copied: redirects are
// refused and cookies not kept whatever it says, and if its transport is an
// *http.Transport, that is cloned and limited as the hook's own. The default,
// kept by nil, is a client of the hook's own.
func WithHTTPClient(client *http.Client) Option {
	return optionFunc(func(c *config) {
		if client != nil {
			c.mistakes.NotTypedNil("WithHTTPClient", client.Transport)
			c.client = client
		}
	})
}

// WithTimeout sets how long one attempt may take. The default is 10 s.
func WithTimeout(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0 && d <= time.Minute, "WithTimeout", d, "the timeout is out of range; give more than 0 and at most 1m")
		c.timeout = d
	})
}

// WithQueueSize sets how many messages may wait. The default is 64.
func WithQueueSize(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 1 && n <= 1024, "WithQueueSize", n, "the size is out of range; give 1 to 1024 messages")
		c.queueSize = n
	})
}

// WithAddressFilter sets which addresses may be connected to: the function gets
// each after the name is resolved, a proxy's too, and refuses it with an error.
// PublicOnly is one. It cannot be combined with WithHTTPClient, which connects by
// itself. The default, kept by nil, allows all.
func WithAddressFilter(allow func(netip.Addr) error) Option {
	return optionFunc(func(c *config) {
		if allow != nil {
			c.addressFilter = allow
		}
	})
}

// WithPlainHTTP allows a URL with the scheme http, over which everybody on the
// way can read the URL's secret. The default allows it for this machine only,
// and for Slack, Discord and Teams never.
func WithPlainHTTP() Option { return optionFunc(func(c *config) { c.plainHTTP = true }) }

// WithLogger sets where the hook tells, at most once a minute, that its endpoint
// does not work or works again. The default, kept by nil, is slog.Default at
// the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

// WithPingURLs sets the three URLs of NewPing for other services than those it
// knows; an empty one is not called. In each, {executor}, {run_id}, {uuid},
// {duration} (s), {items}, {failed} and {summary} are replaced. The default
// follows from the host of NewPing's URL.
func WithPingURLs(start, success, failure string) Option {
	return optionFunc(func(c *config) { c.pingURLs = &[3]string{start, success, failure} })
}
