package exporters_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
)

// breakings are the ways in which a call of user code does not return.
var breakings = map[string]func(){
	"panic":  func() { panic("user code") },
	"goexit": runtime.Goexit,
}

// brokenHandler is a log handler that breaks.
type brokenHandler struct {
	slog.Handler
	fail func()
}

func (h brokenHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h brokenHandler) Handle(context.Context, slog.Record) error { h.fail(); return nil }

// TestBrokenLogHandler holds that the server survives a log handler that breaks:
// when a client fails the TLS handshake, and when the web configuration file
// becomes invalid.
func TestBrokenLogHandler(t *testing.T) {
	for name, fail := range breakings {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "web.yml")
			certificate(t, dir)
			writeFile(t, path, "tls_server_config: {cert_file: server.crt, key_file: server.key}\n")
			s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path),
				exporters.WithLogger(slog.New(brokenHandler{slog.DiscardHandler, fail})))
			client := &http.Client{}
			defer client.CloseIdleConnections()
			if status, _ := get(t, client, "http://"+s.Addr()+"/metrics"); status != http.StatusBadRequest {
				t.Errorf("without TLS: status %d", status)
			}
			run(t, s.Hook(), "logged", true)
			if err := s.Shutdown(t.Context()); err != nil && !strings.Contains(err.Error(), "loghook") {
				t.Error(err)
			}
		})
		t.Run(name+", invalid file", func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "web.yml")
			writeFile(t, path, "http_server_config: {http2: false}\n")
			s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithWebConfigFile(path),
				exporters.WithLogger(slog.New(brokenHandler{slog.DiscardHandler, fail})))
			client := &http.Client{}
			defer client.CloseIdleConnections()
			for _, c := range []struct {
				text   string
				status int
			}{
				{"http_server_config: {http2: true}\n", http.StatusOK},
				{"?", http.StatusInternalServerError},
				{"", http.StatusOK},
			} {
				writeFile(t, path, c.text)
				if status, _ := get(t, client, "http://"+s.Addr()+"/metrics"); status != c.status {
					t.Errorf("with the file %q: status %d, want %d", c.text, status, c.status)
				}
			}
		})
	}
}

// exportSpans is the ExportSpans of the span exporter "broken".
var exportSpans func() error

type brokenExporter struct{}

func (brokenExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	return exportSpans()
}

func (brokenExporter) Shutdown(context.Context) error { return nil }

// brokenError is an error whose method breaks.
type brokenError struct{ fail func() }

func (e brokenError) Error() string { e.fail(); return "" }

func init() {
	autoexport.RegisterSpanExporter("broken", func(context.Context) (sdktrace.SpanExporter, error) { return brokenExporter{}, nil })
	autoexport.RegisterMetricReader("manual", func(context.Context) (sdkmetric.Reader, error) { return manualReader, nil })
}

// TestBrokenSpanExporter holds that a span exporter of the program's own that
// breaks costs its spans, and that Shutdown reports them.
func TestBrokenSpanExporter(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "broken")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	for name, fail := range breakings {
		for what, export := range map[string]func() error{
			"call":  func() error { fail(); return nil },
			"error": func() error { return brokenError{fail} },
		} {
			t.Run(name+" in its "+what, func(t *testing.T) {
				exportSpans = export
				s := newSuite(t, exporters.WithOTel(otelhook.WithLogger(slog.New(slog.DiscardHandler))))
				run(t, s.Hook(), "broken", false)
				err := s.Shutdown(t.Context())
				if err == nil || !strings.Contains(err.Error(), "otelhook: 6 of 6 spans lost") {
					t.Errorf("Shutdown returned %v", err)
				}
			})
		}
	}
}

// brokenRegisterer panics with a value that is no error.
type brokenRegisterer struct{ *prometheus.Registry }

func (brokenRegisterer) Register(prometheus.Collector) error { panic(42) }

// TestBrokenRegisterer holds that New returns an error for a registerer that
// panics.
func TestBrokenRegisterer(t *testing.T) {
	_, err := exporters.New(t.Context(), exporters.WithPrometheus("", promhook.WithRegisterer(brokenRegisterer{prometheus.NewRegistry()})))
	if err == nil || !strings.Contains(err.Error(), `exporters: WithPrometheus(""): `) || !strings.Contains(err.Error(), "42") {
		t.Errorf("New returned %v", err)
	}
}

var manualReader *sdkmetric.ManualReader

// TestTypedNils holds that typed nils where New accepts them break neither a run,
// nor a scrape, nor Shutdown.
func TestTypedNils(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "manual")
	manualReader = sdkmetric.NewManualReader()
	registry := prometheus.NewRegistry()
	s := newSuite(t,
		exporters.WithLogger(slog.New((*slog.TextHandler)(nil))),
		exporters.WithPrometheus("", promhook.WithRegisterer(registry), promhook.WithStatsFrom((*userHook)(nil))),
		exporters.WithOTel(otelhook.WithStatsFrom((*userHook)(nil))),
		exporters.WithTerminal(io.Discard),
		exporters.WithPushgateway("http://gateway.example", promhook.WithPushClient(typedNilClient)),
	)
	run(t, s.Hook(), "nils", false)
	families, err := registry.Gather()
	if err != nil || len(families) == 0 {
		t.Errorf("Prometheus has %d metrics, %v", len(families), err)
	}
	var metrics metricdata.ResourceMetrics
	if err := manualReader.Collect(t.Context(), &metrics); err != nil || len(metrics.ScopeMetrics) == 0 {
		t.Errorf("OpenTelemetry has %d scopes, %v", len(metrics.ScopeMetrics), err)
	}
	if err := s.Shutdown(t.Context()); errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
