package exporters

import (
	"io"
	"log/slog"
	"net"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/uihook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// Option configures a Suite: most options add a backend. The last of several
// equal options holds, unless it may be given several times.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is what options and variables configure. It may hold secrets, and so
// the suite does not keep it.
type config struct {
	prometheus  *backend[promhook.Option]
	webConfig   *backend[struct{}]
	page        *backend[uihook.Option] // nil unless a setting asks for it
	pageOff     bool
	pushgateway *backend[promhook.PushOption]
	otel        *backend[otelhook.Option]
	statsd      *backend[statsdhook.Option]
	webhooks    []backend[webhookhook.Option]
	pings       []backend[webhookhook.Option]
	terminal    *backend[termhook.Option]
	log         *backend[loghook.Option]
	noServer    bool
	interval    []promhook.Option    // that every promhook has, unless its own say otherwise
	links       []webhookhook.Option // that every webhook has, unless its own say otherwise
	logger      *slog.Logger         // for errors of all hooks; nil for slog.Default at the time of logging
	hooks       []core.Hook

	listen listenFunc
}

// backend configures one backend: by which setting, its address, and the
// options of its hook.
type backend[O any] struct {
	setting setting
	address string
	opts    []O
	from    setting // of the address, if another setting has it
}

// addressSetting returns the setting that has the address.
func (b *backend[O]) addressSetting() setting {
	if b.from.name != "" {
		return b.from
	}
	return b.setting
}

// blame wraps the error of a hook's constructor with the setting that is wrong:
// that of the options, if the constructor refuses them with a valid address too.
func (b *backend[O]) blame(err error, withValidAddress func() error) error {
	if b.from.name == "" {
		return b.setting.wrap(err)
	}
	if err := withValidAddress(); err != nil {
		return b.setting.wrap(err)
	}
	return b.from.wrap(err)
}

func newConfig(opts []Option) *config {
	c := &config{listen: (&net.ListenConfig{}).Listen}
	for _, o := range opts {
		if o != nil {
			o.apply(c)
		}
	}
	return c
}

// WithPrometheus serves metrics at an address: ":9090" is for this machine
// alone, "0.0.0.0:9090" is open to others, and port 0 is any free port, see
// [Suite.Addr]. While another program uses the address, the suite waits for it and
// logs a warning. An empty address says nothing: New serves nothing, for programs
// that serve their metrics already, and FromEnv serves at CHUNKSCOPE_ADDR if that
// is set. [WithoutServer] refuses it.
//
// The hook registers with the default registerer unless an option says
// otherwise, so that the program's own metrics are served too. Its series stay
// there after the suite's Shutdown. By default there is no Prometheus.
func WithPrometheus(addr string, opts ...promhook.Option) Option {
	return optionFunc(func(c *config) {
		c.prometheus = &backend[promhook.Option]{setting: optionSetting("WithPrometheus(%.100q)", addr), address: addr, opts: slices.Clone(opts)}
	})
}

// WithoutServer serves no metrics, whatever the address of WithPrometheus and
// CHUNKSCOPE_ADDR are. It is for programs that serve their metrics already, or may
// not listen. By default an address is served.
func WithoutServer() Option { return optionFunc(func(c *config) { c.noServer = true }) }

// WithWebConfigFile gives the server of WithPrometheus TLS, users and passwords.
// The file has the format of Prometheus' own exporters, see
// https://github.com/prometheus/exporter-toolkit. Changed certificates and
// passwords are read again. /healthz needs no password, as probes have none. New
// fails without WithPrometheus. The default, also
// for an empty path, is plain HTTP for every client that reaches the address.
func WithWebConfigFile(path string) Option {
	return optionFunc(func(c *config) {
		if path != "" {
			c.webConfig = &backend[struct{}]{setting: optionSetting("WithWebConfigFile(%.100q)", path), address: path}
		}
	})
}

// WithUI serves the live page of runs at the address of WithPrometheus, below
// /debug/chunkscope/, also if other machines reach that address: whoever does sees
// the page, unless WithWebConfigFile asks for a password. See [uihook.New] and
// [Suite.Page]. New fails without a server. By default the page is served at a
// loopback address, and at no other.
func WithUI(opts ...uihook.Option) Option {
	return optionFunc(func(c *config) {
		c.page = &backend[uihook.Option]{setting: optionSetting("WithUI"), opts: slices.Clone(opts)}
	})
}

// WithPushgateway pushes the metrics of promhook to the Pushgateway at a URL: in
// the background when a run ends, one push at a time, and in Shutdown. See
// [promhook.NewPusher] and [promhook.Hook.Push]. The options of the promhook are
// those of WithPrometheus, if given. An empty URL
// stands for CHUNKSCOPE_PUSHGATEWAY_URL in FromEnv. By default there is no Pushgateway.
func WithPushgateway(url string, opts ...promhook.PushOption) Option {
	return optionFunc(func(c *config) {
		c.pushgateway = &backend[promhook.PushOption]{setting: optionSetting("WithPushgateway"), address: url, opts: slices.Clone(opts)}
	})
}

// WithOTel sends spans and metrics, if the program also has
//
//	import _ "github.com/chunkscope/chunkscope/exporters/otlp"
//
// which links OpenTelemetry's exporters. Without that import, New logs a warning
// that contains it and sends nothing. What is sent, and where, is in
// OpenTelemetry's own variables:
// OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and
// the others. Without them it sends to a collector on this machine. It sends
// nothing if OTEL_SDK_DISABLED is true. The service name is the program's name,
// unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES sets another; the
// service.instance.id is a random UUID for each suite.
//
// A variable that makes no sense is a warning that names it, and the suite does
// without it: New sets it to a usable value, or to none, until it returns.
//
// The suite makes the providers, and shuts them down after the hook. It does
// not set OpenTelemetry's global ones. For providers of your own, give an
// otelhook to WithHooks instead. The suite logs failed exports. It also sets
// OpenTelemetry's error handler to log to the newest suite's logger, unless the
// program has called otel.SetErrorHandler before. By default there is no
// OpenTelemetry.
func WithOTel(opts ...otelhook.Option) Option {
	return optionFunc(func(c *config) {
		c.otel = &backend[otelhook.Option]{setting: optionSetting("WithOTel"), opts: slices.Clone(opts)}
	})
}

// WithStatsD sends metrics to a StatsD server, at "localhost:8125" for instance;
// see [statsdhook.New]. An empty address stands for CHUNKSCOPE_STATSD_ADDR in
// FromEnv. By default there is none.
func WithStatsD(addr string, opts ...statsdhook.Option) Option {
	return optionFunc(func(c *config) {
		c.statsd = &backend[statsdhook.Option]{setting: optionSetting("WithStatsD"), address: addr, opts: slices.Clone(opts)}
	})
}

// WithWebhook posts messages about runs to a URL; see [webhookhook.New]. It may
// be given several times. In FromEnv, webhooks of the program replace that of the
// environment, and an empty URL stands for CHUNKSCOPE_WEBHOOK_URL. By default there
// is none.
func WithWebhook(url string, opts ...webhookhook.Option) Option {
	return optionFunc(func(c *config) {
		c.webhooks = append(c.webhooks, backend[webhookhook.Option]{setting: optionSetting("WithWebhook"), address: url, opts: slices.Clone(opts)})
	})
}

// WithPing pings a dead-man's switch when runs start and end; see
// [webhookhook.NewPing]. It may be given several times. In FromEnv, pings of
// the program replace those of the environment, and an empty URL stands for
// CHUNKSCOPE_PING_URL. By default there is none.
func WithPing(url string, opts ...webhookhook.Option) Option {
	return optionFunc(func(c *config) {
		c.pings = append(c.pings, backend[webhookhook.Option]{setting: optionSetting("WithPing"), address: url, opts: slices.Clone(opts)})
	})
}

// WithTerminal shows the progress of runs, on standard error if w is nil. The
// mode is that of [termhook.WithMode], or else of CHUNKSCOPE_PROGRESS, which the
// user may set to none; see [termhook.New]. By default New shows nothing, and
// FromEnv shows progress on standard error.
func WithTerminal(w io.Writer, opts ...termhook.Option) Option {
	return optionFunc(func(c *config) {
		c.terminal = &backend[termhook.Option]{setting: optionSetting("WithTerminal"), opts: prepend(termhook.WithWriter(w), opts)}
	})
}

// WithLogger logs runs, see [loghook.New], and makes all hooks of the suite log
// their errors to the same logger. Nil stands for slog.Default at the time of
// logging. By default runs are not logged, and errors go to slog.Default.
func WithLogger(l *slog.Logger, opts ...loghook.Option) Option {
	return optionFunc(func(c *config) {
		c.logger = l
		c.log = &backend[loghook.Option]{setting: optionSetting("WithLogger"), opts: prepend(loghook.WithLogger(l), opts)}
	})
}

// WithHooks adds hooks of your own, in this order after the suite's, except
// that those of package otelhook come first of all. The suite exports their
// health and shuts them down with its own. Nil hooks are left out. It may be
// given several times. By default there are none.
func WithHooks(hooks ...core.Hook) Option {
	return optionFunc(func(c *config) { c.hooks = append(c.hooks, hooks...) })
}

// prepend puts an option of the suite before those of the user, which override
// it.
func prepend[O any](suite O, user []O) []O { return append([]O{suite}, user...) }
