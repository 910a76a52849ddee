package readback

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/integration/oracle/otlp"
	"github.com/chunkscope/chunkscope/integration/oracle/statsd"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/uihook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// Backends has all back ends, each with its hook.
type Backends struct {
	Hook core.Hook // all hooks in one

	recorder *hooktest.Recorder
	hooks    []core.Hook
	traces   *sdktrace.TracerProvider
	meters   *sdkmetric.MeterProvider
	statsd   *statsdhook.Hook

	collector      *otlp.Receiver
	exporter       *statsd.Server
	metrics, page  *httptest.Server
	chat, program  *endpoint
	logs, terminal lines
}

var secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of more than 24 bytes"))

// Start starts the back ends. They end with the test.
func Start(t *testing.T) *Backends {
	t.Helper()
	b := &Backends{recorder: hooktest.NewRecorder(), collector: otlp.Start(t), chat: startEndpoint(t), program: startEndpoint(t)}
	exporter, address := startStatsD(t)
	b.exporter = exporter

	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(b.collector.HTTP+"/v1/traces"))
	check(t, err)
	points, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(b.collector.HTTP+"/v1/metrics"))
	check(t, err)
	b.traces = sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans, sdktrace.WithBlocking()))
	b.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(points)))

	prometheus := promhook.New(promhook.WithRegisterer(nil))
	b.metrics = httptest.NewServer(prometheus.Handler())
	t.Cleanup(b.metrics.Close)
	page, err := uihook.New()
	check(t, err)
	b.page = httptest.NewServer(page)
	t.Cleanup(b.page.Close)
	b.statsd, err = statsdhook.New(address)
	check(t, err)
	ends := []webhookhook.Option{
		webhookhook.WithEvents(webhookhook.RunFailed, webhookhook.RunCanceled, webhookhook.RunRecovered, webhookhook.RunSucceeded),
		webhookhook.WithRepeatInterval(0), // each run gets its own message
	}
	chat, err := webhookhook.New(b.chat.URL+"/services/T0/B0/x", ends...)
	check(t, err)
	program, err := webhookhook.New(b.program.URL, append(ends, webhookhook.WithFormat(webhookhook.JSON()), webhookhook.WithSecret(secret))...)
	check(t, err)
	logs, err := loghook.New(loghook.WithLogger(slog.New(slog.NewJSONHandler(&b.logs, nil))))
	check(t, err)
	terminal, err := termhook.New(termhook.WithMode(termhook.ModeJSON), termhook.WithWriter(&b.terminal))
	check(t, err)
	b.hooks = []core.Hook{
		otelhook.New(otelhook.WithTracerProvider(b.traces), otelhook.WithMeterProvider(b.meters)),
		prometheus, b.statsd, chat, program, logs, terminal, page,
	}
	b.Hook = core.MultiHook(append(b.hooks, b.recorder)...)
	return b
}

// Flush sends everything that the hooks have received so far.
func (b *Backends) Flush(ctx context.Context) error {
	return errors.Join(b.meters.ForceFlush(ctx), b.statsd.Flush(ctx), b.exporter.Settle(ctx))
}

// Shutdown sends the rest and ends the hooks.
func (b *Backends) Shutdown(ctx context.Context) error {
	var errs []error
	for _, h := range b.hooks {
		if h, ok := h.(core.Shutdowner); ok {
			errs = append(errs, h.Shutdown(ctx))
		}
	}
	return errors.Join(append(errs, b.traces.Shutdown(ctx), b.meters.Shutdown(ctx), b.exporter.Settle(ctx))...)
}

// backendFacts are the facts that one back end reports.
type backendFacts struct {
	backend string
	facts   Facts
	groups  []string // all groups that the back end must report
}

// Counters returns the groups that all back ends with counters report, and
// more.
func Counters(more ...string) []string {
	return append(more, "total.runs", "total.items", "total.items_failed", "total.chunks", "total.chunks_failed",
		"runs", "chunks", "items", "seconds.runs", "seconds.chunks", "active.runs", "active.items", "counter")
}

// Reports returns the groups that all back ends with a report of each run have,
// and more.
func Reports(more ...string) []string {
	return append(more, "total.runs", "total.items", "total.items_failed", "total.chunks", "total.chunks_failed", "runs",
		"seconds.runs", "run.outcome", "run.items", "run.items_failed", "run.chunks", "run.chunks_failed", "run.seconds")
}

// read reads all back ends.
func (b *Backends) read(t *testing.T) []backendFacts {
	t.Helper()
	lines, err := b.exporter.Read()
	check(t, err)
	return []backendFacts{
		{"Prometheus", scrapeFacts(scrape(t, b.metrics.Client(), b.metrics.URL)), Counters("failures", "sizes")},
		{"OTLP metrics", OTLPMetrics(b.collector.Metrics()), Counters("failed", "sizes")},
		{"StatsD", statsdFacts(t, lines), Counters("failures", "seconds.workers")},
		{"OTLP traces", OTLPTraces(b.collector.Traces()), Reports("chunks", "sizes")},
		{"webhook", webhookFacts(t, b.program.received(), secret), Reports("failed", "counter")},
		{"Slack", slackFacts(t, b.chat.received()), []string{"total.runs", "total.items", "total.items_failed", "run.items", "run.items_failed"}},
		{"log", lineFacts(t, b.logs.bytes(), "msg", "run ended"), Reports("counter")},
		{"terminal as JSON", lineFacts(t, b.terminal.bytes(), "event", "run_end"), Reports("seconds.workers", "counter")},
		{"page", pageFacts(t, b.page.Client(), b.page.URL+"/api/v1/snapshot", b.recorder), Reports("failed", "counter")},
	}
}
