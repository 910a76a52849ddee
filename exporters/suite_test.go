package exporters_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// httpBackend is every backend that speaks HTTP, at one address.
type httpBackend struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string]string // by path
}

func newHTTPBackend(t *testing.T) *httpBackend {
	t.Helper()
	b := &httpBackend{bodies: map[string]string{}}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.bodies[r.URL.Path] += string(body)
		_, _ = io.WriteString(w, "ok") // as Slack does
	}))
	t.Cleanup(b.Close)
	return b
}

func (b *httpBackend) at(path string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bodies[path]
}

// requested reports whether a path with a prefix was requested.
func (b *httpBackend) requested(prefix string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for path := range b.bodies {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// newStatsD returns the address of a StatsD server, and a function that stops the
// server and returns all it received.
func newStatsD(t *testing.T) (addr string, stop func() string) {
	t.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan string, 1)
	go func() {
		var text strings.Builder
		packet := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(packet)
			if err != nil || string(packet[:n]) == "end" {
				received <- text.String()
				return
			}
			text.Write(append(packet[:n], '\n'))
		}
	}()
	t.Cleanup(func() { _ = conn.Close() })
	return conn.LocalAddr().String(), func() string {
		to, err := (&net.Dialer{}).DialContext(t.Context(), "udp", conn.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = to.Close() }()
		if _, err := to.Write([]byte("end")); err != nil {
			t.Fatal(err)
		}
		return <-received
	}
}

// TestAllBackends sends one run to all backends.
func TestAllBackends(t *testing.T) {
	b := newHTTPBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	addr, lines := newStatsD(t)
	var screen, log syncBuffer
	s := newSuite(t,
		exporters.WithPrometheus(":0", ownRegistry()),
		exporters.WithPushgateway(b.URL, promhook.WithPushProcess("0")),
		exporters.WithOTel(),
		exporters.WithStatsD(addr),
		exporters.WithWebhook(b.URL+"/hook", webhookhook.WithFormat(webhookhook.JSON())),
		exporters.WithWebhook(b.URL+"/other", webhookhook.WithFormat(webhookhook.JSON())),
		exporters.WithPing(b.URL+"/ping"),
		exporters.WithTerminal(&screen, termhook.WithMode(termhook.ModePlain)),
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
	)
	var traceID string
	exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithContinueOnError())
	exec.Register(s.Hook())
	_, err := core.Map(t.Context(), exec, make([]int, 10), func(ctx context.Context, _ int) (int, error) {
		traceID = trace.SpanContextFromContext(ctx).TraceID().String()
		return 0, errBoom
	})
	if err == nil {
		t.Error("the run did not fail")
	}

	client := &http.Client{}
	defer client.CloseIdleConnections()
	host, _, err := net.SplitHostPort(s.Addr())
	if err != nil || host != "127.0.0.1" {
		t.Errorf("metrics are served at %q", s.Addr())
	}
	_, text := get(t, client, "http://"+s.Addr()+"/metrics", "Accept", "application/openmetrics-text")
	contains(t, "the scrape", text,
		`chunkscope_items_total{executor="nightly",outcome="error"} 10`,
		`trace_id="`+traceID+`"`)

	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	program := filepath.Base(os.Args[0])
	contains(t, "OpenTelemetry", b.at("/v1/traces"), "run nightly", "chunk nightly", "service.name", program)
	contains(t, "OpenTelemetry", b.at("/v1/metrics"), "chunkscope.run.duration", "chunkscope.hook.delivered", "webhookhook.ping", "promhook.push")
	contains(t, "StatsD", lines(), "chunkscope.items:10|c|#executor:nightly,outcome:error\n")
	contains(t, "the webhook", b.at("/hook"), "run_failed")
	contains(t, "the other webhook", b.at("/other"), "run_failed")
	contains(t, "the ping", b.at("/ping/start")+b.at("/ping/fail"), "nightly")
	contains(t, "the Pushgateway", b.at("/metrics/job/"+program+"/process/0/executor/nightly"), "chunkscope_items_total")
	contains(t, "the terminal", screen.String(), "chunkscope executor=nightly", "state=done outcome=error")
	contains(t, "the log", log.String(), `msg="run ended" executor=nightly`)
}

// TestUnsampledRun holds that exemplars do not lead to traces that do not exist.
func TestUnsampledRun(t *testing.T) {
	b := newHTTPBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	global := otel.GetTracerProvider()
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithOTel())
	run(t, s.Hook(), "unsampled", false)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	_, text := get(t, client, "http://"+s.Addr()+"/metrics", "Accept", "application/openmetrics-text")
	contains(t, "the scrape", text, `chunkscope_chunk_duration_seconds_count{executor="unsampled"} 5`)
	if strings.Contains(text, "trace_id") {
		t.Error("there is an exemplar")
	}
	if otel.GetTracerProvider() != global {
		t.Error("the global provider has changed")
	}
}

// TestHealth reads in Prometheus what each hook has delivered.
func TestHealth(t *testing.T) {
	b := newHTTPBackend(t)
	addr, _ := newStatsD(t)
	s := newSuite(t,
		exporters.WithPrometheus("localhost:0", ownRegistry()),
		exporters.WithPushgateway(b.URL),
		exporters.WithStatsD(addr),
		exporters.WithWebhook(b.URL+"/hook", webhookhook.WithFormat(webhookhook.JSON())),
		exporters.WithPing(b.URL+"/ping"),
		exporters.WithTerminal(io.Discard, termhook.WithMode(termhook.ModeJSON)),
		exporters.WithLogger(slog.New(slog.DiscardHandler)),
		exporters.WithHooks(core.MultiHook(core.Every(1, &userHook{}))),
	)
	run(t, s.Hook(), "health", false)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	_, text := get(t, client, "http://"+s.Addr()+"/metrics")
	for _, hook := range []string{"promhook.push", "statsdhook", "webhookhook", "webhookhook.ping", "termhook", "loghook", "user"} {
		contains(t, "the scrape", text, `chunkscope_hook_delivered_total{hook="`+hook+`"} `)
	}
	contains(t, "the scrape", text, `chunkscope_hook_delivered_total{hook="user"} 42`, `chunkscope_hook_delivered_total{hook="termhook"} 1`)
}

// userHook is a hook for WithHooks.
type userHook struct {
	name     string
	shutdown func(context.Context) error
}

func (o *userHook) HookName() string {
	if o.name != "" {
		return o.name
	}
	return "user"
}

func (o *userHook) OnRunEnd(context.Context, core.RunEnd) {}

func (o *userHook) Stats() core.HookStats { return core.HookStats{Produced: 42, Delivered: 42} }

func (o *userHook) Shutdown(ctx context.Context) error {
	if o.shutdown == nil {
		return nil
	}
	return o.shutdown(ctx)
}
