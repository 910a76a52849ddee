package webhookhook

import (
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/chunkscope/chunkscope/core"
)

// What the tests of this package reach besides its public face.

// WithoutRateLimit lets a test send many messages in no time.
func WithoutRateLimit() Option { return optionFunc(func(c *config) { c.attemptRate = rate.Inf }) }

// WithRandom decides the random part of backoffs.
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

// RetryAfter reads how long an answer asks to wait.
func RetryAfter(h http.Header, body []byte, now time.Time) time.Duration {
	return retryAfter(h, body, now)
}

// Verdict returns what a status means, as a word.
func Verdict(status int) string {
	return map[verdict]string{delivered: "delivered", retry: "retry", rejected: "rejected", gone: "gone"}[classify(status)]
}

// Secret returns a secret to print.
func Secret(s string) any { return newSecret(s) }

// Site returns what is shown of a URL, and its secret parts.
func ParseURL(raw string) (site string, secrets []string, err error) {
	addr, u, err := parseURL(raw)
	if err != nil {
		return "", nil, err
	}
	return addr.String(), urlSecrets(u), nil
}

// Dialects are the ways to write a text, with their units.
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

// Finish makes a message of raw texts, as New's hook would.
func Render(m Message, errorType, errorText string, opts ...Option) Message {
	c := newConfig(opts)
	d := &draft{Message: m}
	if errorType != "" {
		d.firstFailure = &failure{errorType, errorText, 8113}
	}
	return newRenderer(c, c.secrets).render(d)
}

// Histogram counts durations and returns two quantiles of them.
type Histogram struct {
	s shardedHistogram
	n int
}

// Add counts a duration, for one worker after the other.
func (h *Histogram) Add(d time.Duration) {
	h.s.shard(h.n).add(d)
	h.n++
}

// Quantiles returns durations below which the parts qs lie.
func (h *Histogram) Quantiles(qs ...float64) []time.Duration { return h.s.quantiles(qs...) }

// RunTiming tells the hook of chunks and returns what it makes of them.
func TimingOf(ends ...core.ChunkEnd) Timing {
	r := newRunRecord(core.RunStart{})
	for _, e := range ends {
		r.chunkEnd(e)
	}
	return r.timing()
}

// Texts of numbers and durations.
var (
	FormatCount    = formatCount
	FormatDuration = formatDuration
	FormatRate     = formatRate
	UUID           = uuid
)
