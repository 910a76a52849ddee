package uihook

import (
	"net/netip"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/optcheck"
)

// Option sets up a Hook. Of the same option given twice the later one counts,
// except for WithStatsFrom and WithHosts, which add up.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

type config struct {
	texts     texts
	reporters []core.StatsReporter
	hosts     []string
	mistakes  optcheck.Mistakes
}

func newConfig(opts []Option) (*config, error) {
	c := &config{mistakes: optcheck.Mistakes{Package: hookName}}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c, c.mistakes.Err()
}

// WithRedactor sets a function that removes what must not be shown from every
// text of the job: error texts, attributes, names. It gets at most 4 KiB of the
// text, before the text is cut for the page. It is called once for each text that
// the page keeps, concurrently, when the run reports it. If it panics, the whole
// text is replaced by "[redacted]". The default, kept by nil, shows the texts as
// they are.
func WithRedactor(redact func(string) string) Option {
	return optionFunc(func(c *config) {
		if redact != nil {
			c.texts.redact = redact
		}
	})
}

// WithoutErrorText keeps the texts of errors, panics and anomalies off the page:
// only their kinds are shown. The default shows the first 512 bytes of the first
// failure of each kind.
func WithoutErrorText() Option {
	return optionFunc(func(c *config) { c.texts.omitErrors = true })
}

// WithStatsFrom shows the health of other hooks: what they delivered and dropped,
// how often they failed, and what is pending. Each snapshot calls their Stats.
// Hooks of the same name are added up. A nil hook is left out, and a hook whose
// Stats panics or calls runtime.Goexit is missing from that snapshot. While a call
// has not returned, the page shows the health of the snapshot before. The default
// is none.
func WithStatsFrom(hooks ...core.StatsReporter) Option {
	return optionFunc(func(c *config) { c.reporters = append(c.reporters, hooks...) })
}

// WithHosts names hosts, without a port, that a request which arrives at a loopback
// address may be for, such as the one that a reverse proxy on this machine passes
// on. The default allows localhost and loopback addresses. Requests for other
// hosts are refused there, because a web page whose domain resolves to this machine
// could read the page. Requests that arrive at other addresses are not restricted.
func WithHosts(names ...string) Option {
	return optionFunc(func(c *config) {
		for _, name := range names {
			c.mistakes.Require(isHost(name), "WithHosts", name,
				"it is no host; give a name or an address without scheme, port and path")
			c.hosts = append(c.hosts, name)
		}
	})
}

func isHost(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name != "" && !strings.ContainsAny(name, " /:@?#[]\\")
}
