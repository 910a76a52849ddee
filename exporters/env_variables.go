package exporters

import (
	"errors"
	"time"

	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// variable is an environment variable of Chunkscope.
type variable struct {
	name, values string // values says what it may be set to

	// apply configures what a value asks for, unless an option has configured
	// it. It is nil where a hook reads the variable itself.
	apply func(c *config, from setting, value string) error
}

// variables are all variables of Chunkscope. docs/environment.md lists the same.
var variables = []variable{
	{termhook.Variable, "auto, tty, plain, json or none", nil},
	{
		"CHUNKSCOPE_ADDR", "a host and a port, as localhost:9090 or :9090",
		applyOne(func(c *config) **backend[promhook.Option] { return &c.prometheus }),
	},
	{
		"CHUNKSCOPE_WEB_CONFIG_FILE", "the path of a web configuration file, and CHUNKSCOPE_ADDR to an address",
		applyOne(func(c *config) **backend[struct{}] { return &c.webConfig }),
	},
	{"CHUNKSCOPE_UI", "on or off, and CHUNKSCOPE_ADDR to an address", applyUI},
	{
		"CHUNKSCOPE_PUSHGATEWAY_URL", "a URL as http://host:9091, without the path /metrics",
		applyOne(func(c *config) **backend[promhook.PushOption] { return &c.pushgateway }),
	},
	{
		"CHUNKSCOPE_STATSD_ADDR", "host:port or unixgram:///path/to/socket",
		applyOne(func(c *config) **backend[statsdhook.Option] { return &c.statsd }),
	},
	{"CHUNKSCOPE_STATSD_TAGS", "dogstatsd, influx, graphite or name", applyStatsDTags},
	{
		"CHUNKSCOPE_WEBHOOK_URL", "the https URL of a chat's webhook; that of a check belongs in CHUNKSCOPE_PING_URL",
		applyList(func(c *config) *[]backend[webhookhook.Option] { return &c.webhooks }),
	},
	{"CHUNKSCOPE_WEBHOOK_FORMAT", "slack, mattermost, discord, teams, json or cloudevents", applyWebhookFormat},
	{
		"CHUNKSCOPE_PING_URL", "the https URL of a check; that of a chat belongs in CHUNKSCOPE_WEBHOOK_URL",
		applyList(func(c *config) *[]backend[webhookhook.Option] { return &c.pings }),
	},
	{"CHUNKSCOPE_LOG_INTERVAL", "a time of a second or more, as 30s", applyLogInterval},
}

// applyOne configures a backend that exists once.
func applyOne[O any](field func(*config) **backend[O]) func(*config, setting, string) error {
	return func(c *config, from setting, value string) error {
		if b := field(c); *b == nil {
			*b = &backend[O]{setting: from, address: value}
		}
		return nil
	}
}

// applyList configures a backend that options may give several times.
func applyList[O any](field func(*config) *[]backend[O]) func(*config, setting, string) error {
	return func(c *config, from setting, value string) error {
		if b := field(c); len(*b) == 0 {
			*b = []backend[O]{{setting: from, address: value}}
		}
		return nil
	}
}

// applyStatsDTags configures the tags for CHUNKSCOPE_STATSD_ADDR, which was
// applied before.
func applyStatsDTags(c *config, _ setting, value string) error {
	format, ok := map[string]statsdhook.TagFormat{
		"dogstatsd": statsdhook.DogStatsD,
		"influx":    statsdhook.Influx,
		"graphite":  statsdhook.Graphite,
		"name":      statsdhook.InName,
	}[value]
	if !ok {
		return errors.New("the value is not a format of tags")
	}
	if c.statsd != nil && c.statsd.setting.isVariable() {
		c.statsd.opts = []statsdhook.Option{statsdhook.WithTagFormat(format)}
	}
	return nil
}

// applyWebhookFormat configures the format for CHUNKSCOPE_WEBHOOK_URL, which was
// applied before.
func applyWebhookFormat(c *config, _ setting, value string) error {
	format, ok := map[string]webhookhook.Format{
		"slack":       webhookhook.Slack(),
		"mattermost":  webhookhook.Mattermost(),
		"discord":     webhookhook.Discord(),
		"teams":       webhookhook.Teams(),
		"json":        webhookhook.JSON(),
		"cloudevents": webhookhook.CloudEvents(""),
	}[value]
	if !ok {
		return errors.New("the value is not a format of messages")
	}
	for i, b := range c.webhooks {
		if b.setting.isVariable() {
			c.webhooks[i].opts = []webhookhook.Option{webhookhook.WithFormat(format)}
		}
	}
	return nil
}

func applyLogInterval(c *config, _ setting, value string) error {
	interval, err := time.ParseDuration(value)
	if err != nil || interval < time.Second {
		return errors.New("the value is not a time of a second or more") // err repeats the value
	}
	if c.log != nil {
		c.log.opts = prepend(loghook.WithProgress(interval), c.log.opts)
	}
	return nil
}
