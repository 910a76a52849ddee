package statsdhook

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"

	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// TagFormat is the format of tags that a server reads. There is no standard,
// and most servers read one or two formats.
type TagFormat int

const (
	// DogStatsD puts tags at the end: "chunkscope.runs:1|c|#executor:import".
	// Datadog, Telegraf, the statsd_exporter and Vector read it.
	DogStatsD TagFormat = iota
	// Influx puts tags behind the name: "chunkscope.runs,executor=import:1|c".
	// Telegraf and the statsd_exporter read it.
	Influx
	// Graphite puts tags behind the name: "chunkscope.runs;executor=import:1|c".
	// Graphite 1.1 reads it; a StatsD server in between passes it on as a name.
	Graphite
	// InName is for servers without tags, as the original one. The tags' values
	// become part of the name: "chunkscope.import.runs.ok:1|c".
	InName
)

// Option is an option of New and NewWithSender.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is the values of the options.
type config struct {
	prefix          string
	tags            []statsd.Tag // sorted, not yet cleaned
	tagFormat       TagFormat
	sampleRate      float64
	flushInterval   time.Duration
	maxPacketSize   int
	resolveInterval time.Duration
	logger          *slog.Logger // nil stands for slog.Default at the time of logging
	network                      // tests replace it
	mistakes        optcheck.Mistakes
}

func newConfig() *config {
	return &config{
		prefix:          "chunkscope",
		sampleRate:      1,
		flushInterval:   time.Second,
		maxPacketSize:   1432,
		resolveInterval: time.Minute,
		network:         systemNetwork(),
		mistakes:        optcheck.Mistakes{Package: "statsdhook"},
	}
}

// apply applies the options and returns all mistakes so far.
func (c *config) apply(opts []Option) error {
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	var keys []string
	for _, tag := range c.tags {
		keys = append(keys, tag[0])
	}
	c.mistakes.Require(c.tagFormat != InName || len(keys) == 0, "WithTags", strings.Join(keys, ","),
		"the format InName has no tags; put their values into WithPrefix")
	return c.mistakes.Err()
}

// WithPrefix sets what all names begin with, "chunkscope" by default. The prefix
// consists of letters, digits, "_" and "-", with single dots in between. Names
// have no prefix if it is empty.
func WithPrefix(prefix string) Option {
	return optionFunc(func(c *config) {
		invalid := slices.ContainsFunc(strings.Split(prefix, "."), func(part string) bool { return !isNamePart(part) })
		c.mistakes.Require(prefix == "" || !invalid, "WithPrefix", prefix,
			`the prefix is not valid in a name; give letters, digits, "_" and "-", with single dots in between`)
		c.prefix = prefix
	})
}

// WithTags adds tags to every metric, for example a service or an environment.
// There are none by default. A key consists of letters, digits, "_" and "-", and
// is none of the keys that the hook sets itself. Values are cleaned as the names
// of executors are. InName has no such tags.
func WithTags(tags map[string]string) Option {
	return optionFunc(func(c *config) {
		c.tags = nil
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			c.mistakes.Require(isNamePart(key), "WithTags", key, `the key is not valid in a tag; give letters, digits, "_" and "-"`)
			c.mistakes.Require(!slices.Contains(reservedTags, key), "WithTags", key, "the hook sets this key itself; give another one")
			c.tags = append(c.tags, statsd.Tag{key, tags[key]})
		}
	})
}

// WithTagFormat sets the format of tags, DogStatsD by default. For a hook of
// NewWithSender it must be the format of that client.
func WithTagFormat(f TagFormat) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(DogStatsD <= f && f <= InName, "WithTagFormat", int(f),
			"the format is unknown; give DogStatsD, Influx, Graphite or InName")
		c.tagFormat = f
	})
}

// WithSampleRate sets the share of the chunks that are counted and timed. It is
// above 0 and at most 1. They are chosen at random, and the lines contain the
// rate, so that the server scales the counts up. Counts are then estimates; at
// the default, 1, they are exact. Runs, workers, failures, anomalies and faults
// are always sent.
func WithSampleRate(rate float64) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(rate > 0 && rate <= 1, "WithSampleRate", rate, "the rate is out of range; give one above 0 and at most 1")
		c.sampleRate = rate
	})
}

// WithFlushInterval sets how often counters, gauges and timers are sent, a
// second by default. When there are many timers, the hook sends sooner.
func WithFlushInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0, "WithFlushInterval", d, "the interval is not positive; give one above 0")
		c.flushInterval = d
	})
}

// WithMaxPacketSize sets the size of a packet in bytes, 1432 by default, which
// fits into one Ethernet frame. Give 512 for the internet, 8932 for jumbo frames,
// and up to 65507 for a unix socket or this machine. The hook sends a longer line
// in a packet of its own. NewWithSender ignores this option.
func WithMaxPacketSize(bytes int) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(64 <= bytes && bytes <= 65507, "WithMaxPacketSize", bytes, "the size is out of range; give 64 to 65507 bytes")
		c.maxPacketSize = bytes
	})
}

// WithResolveInterval sets how often the hook looks up the server's address
// again, in case it changes: every minute by default. IP addresses and unix
// sockets are never looked up. NewWithSender ignores this option.
func WithResolveInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		c.mistakes.Require(d > 0, "WithResolveInterval", d, "the interval is not positive; give one above 0")
		c.resolveInterval = d
	})
}

// WithLogger sets the logger. The hook logs when it cannot send and when it can
// again, at most one record a minute. Nil keeps the default, which is
// [slog.Default] at the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}
