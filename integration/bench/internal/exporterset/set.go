// Package exporterset runs all exporters, each with the real client of its back
// end. The back ends accept everything and cost almost nothing.
package exporterset

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/uihook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// Set is the four exporters with default options.
type Set struct {
	Prom    *promhook.Hook    // with its own registry
	Otel    core.Hook         // of package exporters: spans are counted to an exporter that discards them, as are metrics
	Metrics *otelhook.Hook    // the same without spans
	Statsd  *statsdhook.Hook  // over UDP, to a socket on the loopback
	Webhook *webhookhook.Hook // over HTTP, in memory

	Page *uihook.Hook // which nobody looks at; not one of the four

	StatsdAddress string // of that socket

	closers []func(context.Context) error
}

// New returns a set. The caller must close it.
func New() (*Set, error) {
	f := &Set{Prom: promhook.New(promhook.WithRegisterer(prometheus.NewRegistry())), Page: core.Must(uihook.New())}
	registerNull()
	telemetry, err := exporters.New(context.Background(), exporters.WithOTel())
	if err != nil {
		return nil, err
	}
	f.Otel = telemetry.Hook()
	f.closers = append(f.closers, telemetry.Shutdown)
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(nullMetrics{})))
	f.Metrics = otelhook.New(otelhook.WithoutTracing(), otelhook.WithMeterProvider(meters))
	f.closers = append(f.closers, meters.Shutdown)

	server, err := sink()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.closers = append(f.closers, func(context.Context) error { return server.Close() })
	f.StatsdAddress = server.LocalAddr().String()
	if f.Statsd, err = statsdhook.New(f.StatsdAddress); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.closers = append(f.closers, f.Statsd.Shutdown)
	f.Webhook, err = webhookhook.New("https://hooks.slack.com/services/T0/B0/x", webhookhook.WithHTTPClient(&http.Client{Transport: slackTransport{}}))
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	f.closers = append(f.closers, f.Webhook.Shutdown, f.Metrics.Shutdown)
	return f, nil
}

// Close shuts everything down, the hooks first.
func (f *Set) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var errs []error
	for i := len(f.closers) - 1; i >= 0; i-- {
		errs = append(errs, f.closers[i](ctx))
	}
	return errors.Join(errs...)
}

// OnClose adds a function that Close calls before the rest.
func (f *Set) OnClose(do func() error) {
	f.closers = append(f.closers, func(context.Context) error { return do() })
}

// All returns the four hooks, spans first as users register them.
func (f *Set) All() []core.Hook { return []core.Hook{f.Otel, f.Prom, f.Statsd, f.Webhook} }

// Named is one or several hooks with a name.
type Named struct {
	Name  string
	Hooks []core.Hook
}

// Named returns each exporter alone, the live page, and the four together.
func (f *Set) Named() []Named {
	return []Named{
		{"promhook", []core.Hook{f.Prom}},
		{"otelhook", []core.Hook{f.Otel}},
		{"otelhook, metrics alone", []core.Hook{f.Metrics}},
		{"statsdhook", []core.Hook{f.Statsd}},
		{"webhookhook", []core.Hook{f.Webhook}},
		{"uihook", []core.Hook{f.Page}},
		{"all four", f.All()},
	}
}

// Spans returns how many spans have ended.
func (f *Set) Spans() (n int) {
	for _, h := range core.Hooks(f.Otel) {
		if r, ok := core.HookAs[core.StatsReporter](h); ok {
			n += int(r.Stats().Produced)
		}
	}
	return n
}

// Scrape is the result of one scrape.
type Scrape struct {
	Series int // each bucket, sum and count is one
	Bytes  int // of the text format, uncompressed
	Took   time.Duration
}

// Scrape serves a scrape, in memory.
func (f *Set) Scrape() Scrape {
	request := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/metrics", http.NoBody)
	response := httptest.NewRecorder()
	start := time.Now()
	f.Prom.Handler().ServeHTTP(response, request)
	took := time.Since(start)
	return Scrape{Series: countSeries(response.Body.Bytes()), Bytes: response.Body.Len(), Took: took}
}

// sink returns a socket whose packets are read and discarded.
func sink() (net.PacketConn, error) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0") //nolint:noctx // it binds and waits for nothing
	if err != nil {
		return nil, err
	}
	go func() {
		buffer := make([]byte, 1<<16)
		for {
			if _, _, err := c.ReadFrom(buffer); err != nil {
				return
			}
		}
	}()
	return c, nil
}
