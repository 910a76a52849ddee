package exporters_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestConformance(t *testing.T) {
	client := &http.Client{Transport: roundTripFunc(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
	})}
	hooktest.Conformance(t, func() core.Hook {
		s := newSuite(t, exporters.WithPrometheus("", ownRegistry()), exporters.WithPushgateway("http://gateway", promhook.WithPushClient(client)),
			exporters.WithLogger(slog.New(slog.DiscardHandler)))
		return s.Hook()
	})
}

// TestEmptySuite holds that an empty suite leaves no goroutine behind without a
// Shutdown. TestSilence counts the goroutines during a run.
func TestEmptySuite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := exporters.New(t.Context(), nil, exporters.WithHooks(nil), exporters.WithWebConfigFile(""))
		if err != nil {
			t.Fatal(err)
		}
		run(t, s.Hook(), "nothing", false)
		if len(exporters.Hooks(s)) > 0 || s.Addr() != "" || s.Writer() != io.Writer(os.Stderr) {
			t.Errorf("hooks %v, serves at %q", exporters.Hooks(s), s.Addr())
		}
	})
}

func TestInvalidOptions(t *testing.T) {
	conflict := prometheus.NewRegistry()
	conflict.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "chunkscope_runs_total"}))
	for _, c := range []struct {
		option exporters.Option
		want   string
	}{
		{exporters.WithPrometheus("9090"), `WithPrometheus("9090"): the address is not a host and a port; give one as localhost:9090 or :9090`},
		{exporters.WithPrometheus(":99999"), "cannot listen there"},
		{exporters.WithPrometheus(":0", promhook.WithNamespace("a-b")), `WithPrometheus(":0"): promhook: WithNamespace("a-b")`},
		{exporters.WithPrometheus(":0", promhook.WithRegisterer(conflict)), "chunkscope_runs_total"},
		{exporters.WithPushgateway(""), "WithPushgateway: promhook: the address of the Pushgateway has no host"},
		{exporters.WithPushgateway("ftp://gateway"), "WithPushgateway: "},
		{exporters.WithPushgateway("http://gateway/?a=b"), "WithPushgateway: "},
		{exporters.WithStatsD("localhost"), `WithStatsD: statsdhook: New("localhost"): the address is not of the form host:port`},
		{exporters.WithStatsD("localhost:8125", statsdhook.WithSampleRate(2)), "WithStatsD: statsdhook: WithSampleRate(2)"},
		{exporters.WithWebhook("nowhere"), "WithWebhook: webhookhook: New: the URL "},
		{exporters.WithPing("https://hc-ping.com/x", webhookhook.WithMilestones(1)), "WithPing: webhookhook: WithMilestones"},
		{exporters.WithTerminal(io.Discard, termhook.WithMode("loud")), `WithTerminal: termhook: WithMode("loud")`},
		{exporters.WithTerminal(io.Discard, termhook.WithMode(termhook.ModeTTY)), `WithTerminal: termhook: WithMode("tty"): mode tty needs a terminal`},
		{exporters.WithLogger(nil, loghook.WithProgress(-1)), "WithLogger: loghook: WithProgress(-1ns)"},
		{exporters.WithWebConfigFile("web.yml"), `WithWebConfigFile("web.yml"): there is no server to configure; add WithPrometheus`},
	} {
		s, err := exporters.New(t.Context(), c.option)
		if err == nil {
			t.Errorf("%s: no error", c.want)
			_ = s.Shutdown(t.Context())
		} else if !strings.HasPrefix(err.Error(), "exporters: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New returned %q, want %q", err, c.want)
		}
	}
}

// TestAllMistakes holds that the error names every mistake.
func TestAllMistakes(t *testing.T) {
	_, err := exporters.New(t.Context(),
		exporters.WithStatsD("x"), exporters.WithWebhook("y"), exporters.WithPushgateway("z://"), exporters.WithWebConfigFile("none.yml"),
		exporters.WithPrometheus("q", promhook.WithNamespace("-"), promhook.WithExpectedInterval(-1)),
		exporters.WithOTel(otelhook.WithMaxChunkSpans(-1), otelhook.WithChunkSpans(99)), exporters.WithHooks((*userHook)(nil)))
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, "the error", err.Error(), "WithStatsD", "WithWebhook", "WithPushgateway", "WithWebConfigFile", "WithPrometheus(\"q\"): the address",
		"WithNamespace", "WithExpectedInterval", "WithMaxChunkSpans", "WithChunkSpans", "WithHooks")
}

// TestNewFailsLate makes New fail when the server listens already, and
// OpenTelemetry has started.
func TestNewFailsLate(t *testing.T) {
	b := newHTTPBackend(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	var address string
	listening := exporters.WithListen(func(ctx context.Context, network, addr string) (net.Listener, error) {
		l, err := (&net.ListenConfig{}).Listen(ctx, network, addr)
		if err == nil {
			address = l.Addr().String()
		}
		return l, err
	})
	conflict := prometheus.NewRegistry()
	conflict.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "chunkscope_runs_total"}))
	for name, opts := range map[string][]exporters.Option{
		"name taken": {exporters.WithPrometheus(":0", promhook.WithRegisterer(conflict)), exporters.WithOTel()},
		"registerer": {exporters.WithPrometheus(":0", promhook.WithRegisterer(brokenRegisterer{prometheus.NewRegistry()})), exporters.WithOTel()},
	} {
		t.Run(name, func(t *testing.T) {
			user := &userHook{shutdown: func(context.Context) error { t.Error("New shut a user's hook down"); return nil }}
			if _, err := exporters.New(t.Context(), append(opts, listening, exporters.WithHooks(user))...); err == nil {
				t.Fatal("no error")
			}
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address) // goleak looks for goroutines
			if err != nil {
				t.Fatal(err)
			}
			_ = l.Close()
		})
	}
	if got := b.at("/v1/metrics") + b.at("/v1/traces"); got != "" {
		t.Errorf("sent %q", got)
	}
}

// TestOrder holds that hooks which make spans start before all others.
func TestOrder(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(spans))
	tracing := otelhook.New(otelhook.WithTracerProvider(provider), otelhook.WithMeterProvider(metric.NewMeterProvider()))
	recorder := &hooktest.Recorder{}
	registry := prometheus.NewRegistry()
	s := newSuite(t,
		exporters.WithHooks(recorder, core.MultiHook(core.OnRunEnd(func(core.RunEnd) {}), core.Filter(tracing, func(core.RunStart) bool { return true }))),
		exporters.WithPrometheus("", promhook.WithRegisterer(registry)))
	run(t, s.Hook(), "order", false)
	if len(spans.GetSpans()) == 0 {
		t.Fatal("no spans")
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range families {
		if f.GetName() == "chunkscope_run_duration_seconds" {
			for _, bucket := range f.GetMetric()[0].GetHistogram().GetBucket() {
				for _, label := range bucket.GetExemplar().GetLabel() {
					found = found || label.GetName() == "trace_id" && label.GetValue() == spans.GetSpans()[0].SpanContext.TraceID().String()
				}
			}
		}
	}
	if !found {
		t.Error("the duration of the run has no exemplar")
	}
}

// TestUserOptions holds that they override those of the suite.
func TestUserOptions(t *testing.T) {
	var log, other syncBuffer
	addr := filepath.Join(t.TempDir(), "absent")
	s := newSuite(t,
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		exporters.WithStatsD("unixgram://"+addr, statsdhook.WithLogger(slog.New(slog.NewTextHandler(&other, nil)))))
	run(t, s.Hook(), "options", false)
	if err := s.Shutdown(t.Context()); err == nil {
		t.Error("Shutdown reports no loss")
	}
	contains(t, "the hook's log", other.String(), "statsdhook: metrics are lost")
	if strings.Contains(log.String(), "statsdhook: metrics are lost") {
		t.Errorf("the suite's log has it:\n%s", log.String())
	}
}

// TestErrorsAreLogged holds that hooks log to the suite's logger, and that
// Shutdown returns what each of them lost.
func TestErrorsAreLogged(t *testing.T) {
	var log syncBuffer
	s := newSuite(t,
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		exporters.WithStatsD("unixgram://"+filepath.Join(t.TempDir(), "absent")),
		exporters.WithWebhook("http://127.0.0.1:1/"+secret),
		exporters.WithPing("http://127.0.0.1:1/"+secret),
		exporters.WithPrometheus("", ownRegistry()),
		exporters.WithPushgateway("http://user:"+secret+"@127.0.0.1:1"),
		exporters.WithHooks(&userHook{name: "stubborn", shutdown: func(context.Context) error { return errBoom }},
			&userHook{name: "broken", shutdown: func(context.Context) error { panic("at the end") }}))
	run(t, s.Hook(), "failing", true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := s.Shutdown(ctx)
	if err == nil {
		t.Fatal("Shutdown reports no loss")
	}
	contains(t, "the error", err.Error(),
		"statsdhook: Shutdown: metric lines: ",
		"\nwebhookhook: http://127.0.0.1:1: 1 of 1 lost: 1 shutdown; ends of runs among them: 1\n",
		"\nwebhookhook.ping: http://127.0.0.1:1: 1 of 2 lost: 1 shutdown; ends of runs among them: 1\n",
		"promhook.push: pushes: ", " shutdown\npromhook: cannot push the metrics of the process to http://127.0.0.1:1: ",
		"\nstubborn: boom", "\nbroken: panic: at the end")
	if text := fmt.Sprintf("%v %+v %#v %+v %#v %s", err, err, err, s, s, log.String()); strings.Contains(text, secret) {
		t.Errorf("a secret is shown: %s", text)
	}
	contains(t, "the log", log.String(),
		"statsdhook: metrics are lost", "hook=webhookhook ", "hook=webhookhook.ping ", "promhook: cannot push to the Pushgateway")
}
