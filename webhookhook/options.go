package webhookhook

import (
	"log/slog"
	"net/http"
	"net/netip"
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
