package webhookhook

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/redact"
)

// What tests use besides the exported API.

// WithoutRateLimit allows any number of attempts a second.
func WithoutRateLimit() Option { return optionFunc(func(c *config) { c.attemptRate = rate.Inf }) }

// WithRandom sets the random part of backoffs.
func WithRandom(f func() float64) Option { return optionFunc(func(c *config) { c.random = f }) }

const (
	BackoffMax      = backoffMax
	PersistentLimit = persistentLimit
	MaxBody         = maxBody
)

var (
	Backoff       = backoff
	CleanLinks    = func(links []Link) []Link { return cleanLinks(links, cleanLine) }
	StatusReason  = statusReason
	DefaultFormat = func(host string) Format { return serviceFor(host).format }
)

// RetryAfter returns the pause that a response asks for.
func RetryAfter(h http.Header, body []byte, now time.Time) time.Duration {
	return retryAfter(h, body, now)
}

// Verdict returns the verdict of a status as a word.
func Verdict(status int) string {
	return map[verdict]string{delivered: "delivered", retry: "retry", rejected: "rejected", notFound: "not found"}[classify(status)]
}

// Secret returns a secret to print.
func Secret(s string) any { return newSecret(s) }

// ParseURL returns the origin of a URL, which is shown, and its secret parts.
func ParseURL(raw string) (origin string, secrets []string, err error) {
	endpoint, u, err := parseURL(raw)
	if err != nil {
		return "", nil, err
	}
	return endpoint.String(), redact.URL(u), nil
}

// Dialects lists the dialects with their units.
var Dialects = map[string]struct {
	Text, Code func(s string, limit int) string
	Size       func(rune) int
}{
	"slack":    {slackDialect.fit, slackDialect.fitCode, utf16Size},
	"markdown": {markdownDialect(runeSize).fit, markdownDialect(runeSize).fitCode, runeSize},
	"discord":  {discordDialect.fit, discordDialect.fitCode, utf16Size},
	"plain":    {plainDialect.fit, plainDialect.fitCode, utf16Size},
	"bytes":    {ellipsizeBytes, ellipsizeBytes, byteSize},
	"runes":    {ellipsizeRunes, ellipsizeRunes, runeSize},
}

// Sign signs a body.
func Sign(h http.Header, id string, now time.Time, body []byte, keys ...[]byte) {
	sign(h, id, now, body, keys)
}

// Render returns the message of unredacted texts, as a hook with these options
// renders it.
func Render(m Message, errorType, errorText string, opts ...Option) Message {
	c := newConfig(opts)
	d := &draft{Message: m}
	if errorType != "" {
		d.firstFailure = &failure{errorType, errorText, 8113, errorText}
	}
	return newRenderer(c).render(d)
}

// Histogram is a sharded histogram.
type Histogram struct {
	s shardedHistogram
	n int
}

// Add counts a duration, each for the next worker.
func (h *Histogram) Add(d time.Duration) {
	h.s.shard(h.n).add(d)
	h.n++
}

// Quantiles returns the quantiles qs.
func (h *Histogram) Quantiles(qs ...float64) []time.Duration { return h.s.quantiles(qs...) }

// TimingOf returns the timing of a run with these chunks.
func TimingOf(ends ...core.ChunkEnd) Timing {
	r := newRunRecord(core.RunStart{})
	for _, e := range ends {
		r.chunkEnd(context.Background(), e)
	}
	return r.timing()
}

// Formats of numbers and durations.
var (
	FormatCount    = formatCount
	FormatDuration = formatDuration
	FormatRate     = formatRate
	UUID           = uuid
)
