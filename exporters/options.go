package exporters

import (
	"io"
	"log/slog"
	"net"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// Option switches a backend on, in New or FromEnv. Given twice, the later one
// holds, unless it says that it may be given several times.
type Option interface{ apply(*config) }

type optionFunc func(*config)

func (f optionFunc) apply(c *config) { f(c) }

// config is which backends there are. What it holds may be secret, so that the
// suite does not keep it.
type config struct {
	prometheus  *backend[promhook.Option]
	webConfig   *backend[struct{}]
	pushgateway *backend[promhook.PushOption]
	otel        *backend[otelhook.Option]
	statsd      *backend[statsdhook.Option]
	webhooks    []backend[webhookhook.Option]
	pings       []backend[webhookhook.Option]
	terminal    *backend[termhook.Option]
	logger      *slog.Logger // for the troubles of all; nil: slog.Default at the time of logging
	log         *backend[loghook.Option]
	hooks       []core.Hook

	listen listen
}

// logging returns the logger for troubles.
func (c *config) logging() *slog.Logger {
	if c.logger == nil {
		return slog.Default()
	}
	return c.logger
}

// backend is what was said about one: by whom, where it is, and how its hook is
// to be set up.
type backend[O any] struct {
	from source
	at   string
	opts []O
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

// WithPrometheus serves metrics at an address: ":9090" is this machine alone,
// "0.0.0.0:9090" is open to others, and port 0 is any free one, which
// [Suite.Addr] tells. With an empty address nothing is served, for programs that
// serve their metrics already.
//
// The hook registers with the default registerer unless an option says
// otherwise, so that the program's own metrics are served, too. The series stay
// there when the suite is shut down. The default is no Prometheus.
func WithPrometheus(addr string, opts ...promhook.Option) Option {
	return optionFunc(func(c *config) {
		c.prometheus = &backend[promhook.Option]{option("WithPrometheus(%.100q)", addr), addr, slices.Clone(opts)}
	})
}

// WithWebConfigFile gives the server of WithPrometheus TLS, users and passwords
// as a file says that all of Prometheus' own exporters understand; its format is
// at https://github.com/prometheus/exporter-toolkit. Certificates and passwords
// are read again as they change. Without WithPrometheus, New fails. The default,
// and that of empty, is plain HTTP for everybody who reaches the address.
func WithWebConfigFile(path string) Option {
	return optionFunc(func(c *config) {
		if path != "" {
			c.webConfig = &backend[struct{}]{from: option("WithWebConfigFile(%.100q)", path), at: path}
		}
	})
}

// WithPushgateway pushes the metrics of promhook to the Pushgateway at a URL
// when a run ends, in the background and one push at a time, and in Shutdown.
// How it is done, and why a failed run does not take back the last success, is
// told at [promhook.Hook.Push]. WithPrometheus, if given, has the hook's
// options. The default is no Pushgateway.
func WithPushgateway(url string, opts ...promhook.PushOption) Option {
	return optionFunc(func(c *config) {
		c.pushgateway = &backend[promhook.PushOption]{option("WithPushgateway"), url, slices.Clone(opts)}
	})
}

// WithOTel sends spans and metrics as OpenTelemetry's own variables say: to
// where OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER
// tell, or to a collector on this machine, and nowhere if OTEL_SDK_DISABLED is
// true. The service is called as the program, unless OTEL_SERVICE_NAME or
// OTEL_RESOURCE_ATTRIBUTES tell otherwise.
//
// The suite makes the providers, and shuts them down after the hook. It does
// not set OpenTelemetry's global ones. For providers of your own, give
// WithHooks an otelhook instead. What the SDK has to tell of failed exports of
// metrics goes to OpenTelemetry's error handler, standard error unless the
// program sets another. The default is no OpenTelemetry.
func WithOTel(opts ...otelhook.Option) Option {
	return optionFunc(func(c *config) {
		c.otel = &backend[otelhook.Option]{from: option("WithOTel"), opts: slices.Clone(opts)}
	})
}

// WithStatsD sends metrics to a StatsD server, at "localhost:8125" for instance;
// see [statsdhook.New]. The default is none.
func WithStatsD(addr string, opts ...statsdhook.Option) Option {
	return optionFunc(func(c *config) {
		c.statsd = &backend[statsdhook.Option]{option("WithStatsD"), addr, slices.Clone(opts)}
	})
}

// WithWebhook posts messages about runs to a URL; see [webhookhook.New]. It may
// be given several times. The default is none.
func WithWebhook(url string, opts ...webhookhook.Option) Option {
	return optionFunc(func(c *config) {
		c.webhooks = append(c.webhooks, backend[webhookhook.Option]{option("WithWebhook"), url, slices.Clone(opts)})
	})
}

// WithPing pings a dead-man's switch when runs start and end; see
// [webhookhook.NewPing]. It may be given several times. The default is none.
func WithPing(url string, opts ...webhookhook.Option) Option {
	return optionFunc(func(c *config) {
		c.pings = append(c.pings, backend[webhookhook.Option]{option("WithPing"), url, slices.Clone(opts)})
	})
}

// WithTerminal shows how far runs are, on standard error if w is nil. How is up
// to [termhook.WithMode], or else to CHUNKSCOPE_PROGRESS, which the user may set
// to none; see [termhook.New]. New shows nothing by default, and FromEnv shows
// progress on standard error.
func WithTerminal(w io.Writer, opts ...termhook.Option) Option {
	return optionFunc(func(c *config) {
		c.terminal = &backend[termhook.Option]{from: option("WithTerminal"), opts: before(opts, termhook.WithWriter(w))}
	})
}

// WithLogger logs what runs do, see [loghook.New], and has all hooks of the suite
// tell their troubles to the same logger. Nil stands for what slog.Default
// returns at the time of logging. By default runs are not logged, and troubles go
// to slog.Default.
func WithLogger(l *slog.Logger, opts ...loghook.Option) Option {
	return optionFunc(func(c *config) {
		c.logger = l
		c.log = &backend[loghook.Option]{from: option("WithLogger"), opts: before(opts, loghook.WithLogger(l))}
	})
}

// WithHooks adds hooks of your own, in this order after the suite's, except
// that those of package otelhook come first of all. The suite exports their
// health and shuts them down with its own. It may be given several times.
func WithHooks(hooks ...core.Hook) Option {
	return optionFunc(func(c *config) { c.hooks = append(c.hooks, hooks...) })
}
