package exporters

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
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
		unlessRefused(applyOne(func(c *config) **backend[promhook.Option] { return &c.prometheus })),
	},
	{
		"CHUNKSCOPE_WEB_CONFIG_FILE", "the path of a web configuration file, and CHUNKSCOPE_ADDR to an address",
		unlessRefused(applyOne(func(c *config) **backend[struct{}] { return &c.webConfig })),
	},
	{"CHUNKSCOPE_UI", "on or off, and CHUNKSCOPE_ADDR to an address", unlessRefused(applyUI)},
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
	{"CHUNKSCOPE_EXECUTOR", "a name without white space around it", func(*config, setting, string) error { return nil }}, // core reads it
	{"CHUNKSCOPE_EXPECTED_INTERVAL", "a time of a second or more, as 24h", applyExpectedInterval},
	{"CHUNKSCOPE_LINKS", "a list as Dashboard=https://…,Runbook=https://…, of at most 5, with commas in a URL as %2C", applyLinks},
	{"CHUNKSCOPE_LOG_INTERVAL", "a time of a second or more, as 30s", applyLogInterval},
	{disabledVariable, "true or false", nil},
}

// applyOne configures a backend that exists once, or gives one of the program's its
// address.
func applyOne[O any](field func(*config) **backend[O]) func(*config, setting, string) error {
	return func(c *config, from setting, value string) error {
		if b := field(c); *b == nil {
			*b = &backend[O]{setting: from, address: value}
		} else if (*b).address == "" {
			(*b).address, (*b).from = value, from
		}
		return nil
	}
}

// unlessRefused applies a variable of the server's, unless WithoutServer is given.
func unlessRefused(apply func(*config, setting, string) error) func(*config, setting, string) error {
	return func(c *config, from setting, value string) error {
		if c.noServer {
			return nil
		}
		return apply(c, from, value)
	}
}

// applyList configures a backend that options may give several times. Those of
// the program replace it, and take its address if they have none.
func applyList[O any](field func(*config) *[]backend[O]) func(*config, setting, string) error {
	return func(c *config, from setting, value string) error {
		if b := field(c); len(*b) == 0 {
			*b = []backend[O]{{setting: from, address: value}}
		}
		for i := range *field(c) {
			if b := &(*field(c))[i]; b.address == "" {
				b.address, b.from = value, from
			}
		}
		return nil
	}
}

// applyStatsDTags configures the tags of StatsD, whose address was applied before.
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
	if c.statsd != nil {
		c.statsd.opts = prepend(statsdhook.WithTagFormat(format), c.statsd.opts)
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
		if b.addressSetting().isVariable() {
			c.webhooks[i].opts = prepend(webhookhook.WithFormat(format), b.opts)
		}
	}
	return nil
}

func applyLogInterval(c *config, _ setting, value string) error {
	interval, err := parseInterval(value)
	if err != nil {
		return err
	}
	if c.log != nil {
		c.log.opts = prepend(loghook.WithProgress(interval), c.log.opts)
	}
	return nil
}

func applyExpectedInterval(c *config, _ setting, value string) error {
	interval, err := parseInterval(value)
	if err != nil {
		return err
	}
	c.interval = []promhook.Option{promhook.WithExpectedInterval(interval)}
	return nil
}

func parseInterval(value string) (time.Duration, error) {
	interval, err := time.ParseDuration(value)
	if err != nil || interval < time.Second {
		return 0, errors.New("the value is not a time of a second or more") // err repeats the value
	}
	return interval, nil
}

// maxLinks is how many links a message has.
const maxLinks = 5

func applyLinks(c *config, _ setting, value string) error {
	var links []webhookhook.Link
	for pair := range strings.SplitSeq(value, ",") {
		name, address, _ := strings.Cut(pair, "=")
		name, address = strings.TrimSpace(name), strings.TrimSpace(address)
		u, err := url.Parse(address)
		if name == "" || err != nil || u.Host == "" || !isHTTP(u) {
			return errors.New("the value is not a list of links")
		}
		links = append(links, webhookhook.Link{Title: name, URL: address})
	}
	if len(links) > maxLinks {
		return errors.New("the value has too many links")
	}
	c.links = []webhookhook.Option{webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link { return links })}
	return nil
}
