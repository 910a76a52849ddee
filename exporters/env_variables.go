package exporters

import (
	"errors"
	"time"

	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// variable is one of our environment variables.
type variable struct {
	name, want string // and what it may be set to

	// add adds what a value says to the config, unless an option has said it.
	// Nil: somebody else reads the variable.
	add func(c *config, from source, value string) error
}

// variables are all there are; docs/environment.md tells the same.
var variables = []variable{
	{termhook.Variable, "auto, tty, plain, json or none", nil},
	{
		"CHUNKSCOPE_ADDR", "a host and a port, as localhost:9090 or :9090",
		one(func(c *config) **backend[promhook.Option] { return &c.prometheus }),
	},
	{
		"CHUNKSCOPE_WEB_CONFIG_FILE", "the path of a web configuration file, and CHUNKSCOPE_ADDR to an address",
		one(func(c *config) **backend[struct{}] { return &c.webConfig }),
	},
	{
		"CHUNKSCOPE_PUSHGATEWAY_URL", "a URL as http://host:9091",
		one(func(c *config) **backend[promhook.PushOption] { return &c.pushgateway }),
	},
	{
		"CHUNKSCOPE_STATSD_ADDR", "host:port or unixgram:///path/to/socket",
		one(func(c *config) **backend[statsdhook.Option] { return &c.statsd }),
	},
	{"CHUNKSCOPE_STATSD_TAGS", "dogstatsd, influx, graphite or name", addStatsDTags},
	{
		"CHUNKSCOPE_WEBHOOK_URL", "the https URL of a webhook",
		several(func(c *config) *[]backend[webhookhook.Option] { return &c.webhooks }),
	},
	{
		"CHUNKSCOPE_PING_URL", "the https URL of a check",
		several(func(c *config) *[]backend[webhookhook.Option] { return &c.pings }),
	},
	{"CHUNKSCOPE_LOG_INTERVAL", "a time of a second or more, as 30s", addLogInterval},
}

// one returns what adds a backend that there is one of.
func one[O any](of func(*config) **backend[O]) func(*config, source, string) error {
	return func(c *config, from source, value string) error {
		if b := of(c); *b == nil {
			*b = &backend[O]{from: from, at: value}
		}
		return nil
	}
}

// several returns what adds a backend that there may be several of.
func several[O any](of func(*config) *[]backend[O]) func(*config, source, string) error {
	return func(c *config, from source, value string) error {
		if b := of(c); len(*b) == 0 {
			*b = []backend[O]{{from: from, at: value}}
		}
		return nil
	}
}

// addStatsDTags is for the server of CHUNKSCOPE_STATSD_ADDR, which comes before.
func addStatsDTags(c *config, _ source, value string) error {
	format, ok := map[string]statsdhook.TagFormat{
		"dogstatsd": statsdhook.DogStatsD,
		"influx":    statsdhook.Influx,
		"graphite":  statsdhook.Graphite,
		"name":      statsdhook.InName,
	}[value]
	if !ok {
		return errors.New("there is no such format of tags")
	}
	if c.statsd != nil && c.statsd.from.secret() {
		c.statsd.opts = []statsdhook.Option{statsdhook.WithTagFormat(format)}
	}
	return nil
}

func addLogInterval(c *config, _ source, value string) error {
	interval, err := time.ParseDuration(value)
	if err != nil || interval < time.Second {
		return errors.New("it is not such a time") // what failed repeats it
	}
	if c.log != nil {
		c.log.opts = before(c.log.opts, loghook.WithProgress(interval))
	}
	return nil
}
