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

const (
	defaultTimeout        = 10 * time.Second
	defaultQueueSize      = 64
	defaultRepeatInterval = time.Minute
)

// Option configures a Hook or a Ping. New and NewPing return an error for every
// invalid value, and for options that have no effect on the hook in question.
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
	logger        *slog.Logger // nil stands for slog.Default at the time of logging

	pingURLs    *[3]string
	pingMethod  string // empty stands for POST, and GET where that is refused
	attemptRate rate.Limit
	random      func() float64 // of the backoff; nil stands for rand.Float64

	secrets        []string // of the options, for the scrubber
	messageOptions []string // options that were given and have no effect on a ping
	mistakes       optcheck.Mistakes
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

// WithHTTPClient sets the client that sends the messages. The hook uses a copy that
// follows no redirect and keeps no cookie. If the client's Transport is an
// *http.Transport, the hook clones it and sets the limits of its own: no keep-alive,
// no compression, TLS 1.2 or later, 3 s to connect, response headers of at most
// 16 KiB. A transport that panics makes the attempt fail. The default, kept by
// nil, is a client of the hook's own.
func WithHTTPClient(client *http.Client) Option {
	return optionFunc(func(c *config) {
		if client != nil {
			c.mistakes.NotTypedNil("WithHTTPClient", client.Transport)
			c.client = client
		}
	})
}

// WithTimeout limits the duration of one attempt, up to a minute. The default is
// 10 s.
func WithTimeout(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0 && d <= time.Minute, "WithTimeout", d, "the timeout is out of range; give more than 0 and at most 1m")
		c.timeout = d
	})
}

// WithQueueSize sets how many messages may wait, from 1 to 1024. The default is
// 64.
func WithQueueSize(n int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(n >= 1 && n <= 1024, "WithQueueSize", n, "the size is out of range; give 1 to 1024 messages")
		c.queueSize = n
	})
}

// WithAddressFilter sets a function that decides which addresses the hook may
// connect to; PublicOnly is one. It gets each address after the name is resolved, and
// returns an error to refuse it. An IPv6 address that stands for an IPv4 address,
// ::ffff:10.0.0.1 or 64:ff9b::10.0.0.1 for instance, comes as that IPv4 address, and
// none has a zone. The function is called on any goroutine, and refuses the address if
// it panics.
//
// With a filter the hook uses no proxy: a proxy connects to addresses that the filter
// never sees. For the same reason the option excludes WithHTTPClient, which connects
// by itself: giving both is a mistake. The default, kept by nil, allows every
// address.
func WithAddressFilter(allow func(netip.Addr) error) Option {
	return optionFunc(func(c *config) {
		if allow != nil {
			c.addressFilter = allow
		}
	})
}

// WithPlainHTTP allows URLs with the scheme http, although everybody on the way can
// read them and the secrets in them. The default allows http for this machine only.
// Slack, Discord and Teams need https in any case.
func WithPlainHTTP() Option { return optionFunc(func(c *config) { c.plainHTTP = true }) }

// WithLogger sets the logger for the endpoint's health: a warning when it begins to
// fail, and a record when it works again, at most one of them a minute. The
// default, kept by nil, is slog.Default at the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}

// WithPingURLs sets the URLs of NewPing for the start, the success and the failure
// of a run, for services that NewPing does not know. An empty URL is not called. The
// words {executor}, {run_id}, {uuid}, {duration} (in seconds), {items}, {failed}
// and {summary} in them are replaced. The default follows from the host of
// NewPing's URL.
func WithPingURLs(start, success, failure string) Option {
	return optionFunc(func(c *config) { c.pingURLs = &[3]string{start, success, failure} })
}

// WithPingMethod sets the method of the requests of NewPing: GET, HEAD or POST. Only
// POST has a body, the summary of the run. The default is POST, and GET after an
// endpoint refuses it with 405, 501 or, for the end of a run, 404; for Uptime Kuma,
// it is GET.
func WithPingMethod(method string) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(slices.Contains(pingMethods, method), "WithPingMethod", method, "the method is not one for pings; give GET, HEAD or POST")
		c.pingMethod = method
	})
}

var pingMethods = []string{http.MethodGet, http.MethodHead, http.MethodPost}
