package statsdhook

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/cactus/go-statsd-client/v5/statsd"
)

// TagFormat is how a server wants its tags. There is no standard, and servers
// understand one or two.
type TagFormat int

const (
	// DogStatsD puts tags at the end: "chunkscope.runs:1|c|#executor:import".
	// Datadog, Telegraf, the statsd_exporter and Vector read it.
	DogStatsD TagFormat = iota
	// Influx puts them behind the name: "chunkscope.runs,executor=import:1|c".
	// Telegraf and the statsd_exporter read it.
	Influx
	// Graphite does so, too: "chunkscope.runs;executor=import:1|c". Graphite
	// 1.1 reads it; a StatsD server in between passes it on as a name.
	Graphite
	// InName is for servers without tags, as the original one: their values
	// become part of the name, "chunkscope.import.runs.ok:1|c".
	InName
)

// Option changes what New and NewWithSender make.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is what the options say.
type config struct {
	prefix          string
	tags            []statsd.Tag // sorted, not yet cleaned
	tagFormat       TagFormat
	sampleRate      float64
	flushInterval   time.Duration
	maxPacketSize   int
	resolveInterval time.Duration
	logger          *slog.Logger // nil: slog.Default at the time of logging
	network                      // of tests
	wrong           []error
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		prefix:          "chunkscope",
		sampleRate:      1,
		flushInterval:   time.Second,
		maxPacketSize:   1432,
		resolveInterval: time.Minute,
		network:         realNetwork(),
	}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	if c.tagFormat == InName && len(c.tags) > 0 {
		c.refuse("WithTags", "tags and the format InName", "put what they say into WithPrefix")
	}
	return c, errors.Join(c.wrong...)
}

// refuse notes what is wrong with an option and how to mend it.
func (c *config) refuse(option, got, fix string) {
	c.wrong = append(c.wrong, fmt.Errorf("statsdhook: %s got %s; %s", option, got, fix))
}

// WithPrefix sets what all names begin with, "chunkscope" by default. It
// consists of letters, digits, "_" and "-", and of dots in between. An empty one is none.
func WithPrefix(prefix string) Option {
	return optionFunc(func(c *config) {
		if prefix != "" && slices.ContainsFunc(strings.Split(prefix, "."), func(part string) bool { return !isNamePart(part) }) {
			c.refuse("WithPrefix", fmt.Sprintf("%q", prefix), `use letters, digits, "_" and "-", with single dots in between`)
		}
		c.prefix = prefix
	})
}

// WithTags adds tags to every metric: a service, an environment. There are none
// by default. Keys are words of letters, digits, "_" and "-", none of those that
// the hook uses itself; values are cleaned as the names of executors are.
func WithTags(tags map[string]string) Option {
	return optionFunc(func(c *config) {
		c.tags = nil
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			switch {
			case !isNamePart(key):
				c.refuse("WithTags", fmt.Sprintf("the key %q", key), `use letters, digits, "_" and "-"`)
			case slices.Contains(reservedTags, key):
				c.refuse("WithTags", fmt.Sprintf("the key %q", key), "the hook uses it itself, choose another one")
			}
			c.tags = append(c.tags, statsd.Tag{key, tags[key]})
		}
	})
}

// WithTagFormat sets the format of tags, DogStatsD by default. For a hook of
// NewWithSender it must be the format of that client.
func WithTagFormat(f TagFormat) Option {
	return optionFunc(func(c *config) {
		if f < DogStatsD || f > InName {
			c.refuse("WithTagFormat", fmt.Sprint(int(f)), "use DogStatsD, Influx, Graphite or InName")
		}
		c.tagFormat = f
	})
}

// WithSampleRate has only this share of the chunks counted and timed, chosen
// at random, and tells the server so that it can scale the counts up again. It
// is above 0 and at most 1, the default, at which counts are exact. What is
// rare, runs, workers, failures, anomalies and faults, is always sent.
func WithSampleRate(rate float64) Option {
	return optionFunc(func(c *config) {
		if !(rate > 0 && rate <= 1) {
			c.refuse("WithSampleRate", fmt.Sprint(rate), "use a share above 0 and up to 1")
		}
		c.sampleRate = rate
	})
}

// WithFlushInterval sets how often counters, gauges and timers are sent, a
// second by default. Timers are sent sooner when there are many.
func WithFlushInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		if d <= 0 {
			c.refuse("WithFlushInterval", d.String(), "use a time above 0")
		}
		c.flushInterval = d
	})
}

// WithMaxPacketSize sets how many bytes of lines share a packet, 1432 by
// default, which Ethernet carries in one piece. 512 is for the internet, 8932 for jumbo
// frames, and up to 65507 for unix sockets and this machine. A single line that is longer is
// sent alone. NewWithSender does not use it.
func WithMaxPacketSize(bytes int) Option {
	return optionFunc(func(c *config) {
		if bytes < 64 || bytes > 65507 {
			c.refuse("WithMaxPacketSize", fmt.Sprint(bytes), "use 64 to 65507 bytes")
		}
		c.maxPacketSize = bytes
	})
}

// WithResolveInterval sets how often the address of the server is looked up
// again, in case it moves: every minute by default. Addresses of digits and unix
// sockets are never looked up, and NewWithSender does not use it.
func WithResolveInterval(d time.Duration) Option {
	return optionFunc(func(c *config) {
		if d <= 0 {
			c.refuse("WithResolveInterval", d.String(), "use a time above 0")
		}
		c.resolveInterval = d
	})
}

// WithLogger sets where the hook tells that it cannot send, and that it can
// again: at most a line a minute. The default, kept by nil, is slog.Default at
// the time of logging.
func WithLogger(l *slog.Logger) Option {
	return optionFunc(func(c *config) {
		if l != nil {
			c.logger = l
		}
	})
}
