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
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestConformance(t *testing.T) {
	taken := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, err
	})}
	hooktest.Conformance(t, func() core.Hook {
		s := newSuite(t, exporters.WithPrometheus("", private()), exporters.WithPushgateway("http://gateway", promhook.WithPushClient(taken)),
			exporters.WithLogger(slog.New(slog.DiscardHandler)))
		return s.Hook()
	})
}

// TestNothing has a suite of nothing leave no goroutine behind, though nobody
// shuts it down. TestSilence counts those that there are while a run goes on.
func TestNothing(t *testing.T) {
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

func TestOptionsThatCannotBe(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	foreign := prometheus.NewRegistry()
	foreign.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "chunkscope_runs_total"}))
	for _, c := range []struct {
		option exporters.Option
		want   string
	}{
		{exporters.WithPrometheus("9090"), `WithPrometheus("9090"): it is not a host and a port, as in localhost:9090 or :9090`},
		{exporters.WithPrometheus(taken.Addr().String()), "cannot listen there: address already in use; choose another address, or port 0"},
		{exporters.WithPrometheus(":99999"), "cannot listen there"},
		{exporters.WithPrometheus(":0", promhook.WithNamespace("a-b")), `WithPrometheus(":0"): promhook: WithNamespace("a-b")`},
		{exporters.WithPrometheus(":0", promhook.WithRegisterer(foreign)), "chunkscope_runs_total"},
		{exporters.WithPushgateway(""), "WithPushgateway: it is not the address of a Pushgateway, as in http://host:9091"},
		{exporters.WithPushgateway("ftp://gateway"), "WithPushgateway: "},
		{exporters.WithPushgateway("http://gateway/?a=b"), "WithPushgateway: "},
		{exporters.WithStatsD("localhost"), `WithStatsD: statsdhook: address "localhost" is not of the form host:port`},
		{exporters.WithStatsD("localhost:8125", statsdhook.WithSampleRate(2)), "WithStatsD: statsdhook: WithSampleRate got 2"},
		{exporters.WithWebhook("nowhere"), "WithWebhook: webhookhook.New: the URL: "},
		{exporters.WithPing("https://hc-ping.com/x", webhookhook.WithMilestones(1)), "WithPing: webhookhook.NewPing: WithMilestones"},
		{exporters.WithTerminal(io.Discard, termhook.WithMode("loud")), `WithTerminal: termhook: WithMode("loud")`},
		{exporters.WithTerminal(io.Discard, termhook.WithMode(termhook.ModeTTY)), "WithTerminal: termhook: mode tty needs a terminal"},
		{exporters.WithLogger(nil, loghook.WithProgress(-1)), "WithLogger: loghook: WithProgress(-1ns)"},
		{exporters.WithWebConfigFile("web.yml"), `WithWebConfigFile("web.yml"): there is no server that it is for; add WithPrometheus`},
	} {
		s, err := exporters.New(t.Context(), c.option)
		if err == nil {
			t.Errorf("%s: no error", c.want)
			_ = s.Shutdown(t.Context())
		} else if !strings.HasPrefix(err.Error(), "exporters: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New said %q, want %q", err, c.want)
		}
	}
}

// TestAllMistakesAreTold has several at once.
func TestAllMistakesAreTold(t *testing.T) {
	_, err := exporters.New(t.Context(), exporters.WithStatsD("x"), exporters.WithWebhook("y"), exporters.WithPushgateway("z://"), exporters.WithPrometheus("q"))
	if err == nil {
		t.Fatal("no error")
	}
	contains(t, "the error", err.Error(), "WithStatsD", "WithWebhook", "WithPushgateway", "WithPrometheus")
}

// TestNewLeavesNothingBehind has New fail when the server listens already, and
// OpenTelemetry has started.
func TestNewLeavesNothingBehind(t *testing.T) {
	b := newBackends(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	var at string
	listening := exporters.WithListen(func(ctx context.Context, network, address string) (net.Listener, error) {
		l, err := (&net.ListenConfig{}).Listen(ctx, network, address)
		if err == nil {
			at = l.Addr().String()
		}
		return l, err
	})
	for name, opts := range map[string][]exporters.Option{
		"OpenTelemetry": {exporters.WithPrometheus(":0"), exporters.WithOTel()},
		"Prometheus":    {exporters.WithPrometheus(":0", promhook.WithNamespace("-")), exporters.WithOTel()},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "OpenTelemetry" {
				t.Setenv("OTEL_METRICS_EXPORTER", "nonsense")
			}
			kept := &own{shutdown: func(context.Context) error { t.Error("a hook of a suite that never was is shut down"); return nil }}
			if _, err := exporters.New(t.Context(), append(opts, listening, exporters.WithHooks(kept))...); err == nil {
				t.Fatal("no error")
			}
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", at) // goleak looks for goroutines
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

// TestOrder has the hooks that make spans start before all others.
func TestOrder(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	provider := trace.NewTracerProvider(trace.WithSyncer(spans))
	otel := otelhook.New(otelhook.WithTracerProvider(provider), otelhook.WithMeterProvider(metric.NewMeterProvider()))
	recorder := &hooktest.Recorder{}
	registry := prometheus.NewRegistry()
	s := newSuite(t,
		exporters.WithHooks(recorder, core.MultiHook(core.OnRunEnd(func(core.RunEnd) {}), core.Filter(otel, func(core.RunStart) bool { return true }))),
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

// TestUserOptionsComeLast has them override the suite's.
func TestUserOptionsComeLast(t *testing.T) {
	var log, other buffer
	addr := filepath.Join(t.TempDir(), "nobody")
	s := newSuite(t,
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		exporters.WithStatsD("unixgram://"+addr, statsdhook.WithLogger(slog.New(slog.NewTextHandler(&other, nil)))))
	run(t, s.Hook(), "options", false)
	if err := s.Shutdown(t.Context()); err == nil {
		t.Error("nothing is said to be lost")
	}
	contains(t, "the hook's own log", other.String(), "statsdhook: metrics are lost")
	if strings.Contains(log.String(), "statsdhook") {
		t.Errorf("the suite's log has it:\n%s", log.String())
	}
}

// TestTroubleIsLogged has hooks tell the suite's logger, and Shutdown what each
// of them lost.
func TestTroubleIsLogged(t *testing.T) {
	const secret = "canary"
	var log buffer
	s := newSuite(t,
		exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		exporters.WithStatsD("unixgram://"+filepath.Join(t.TempDir(), "nobody")),
		exporters.WithWebhook("http://127.0.0.1:1/"+secret),
		exporters.WithPing("http://127.0.0.1:1/"+secret),
		exporters.WithPrometheus("", private()),
		exporters.WithPushgateway("http://user:"+secret+"@127.0.0.1:1"),
		exporters.WithHooks(&own{name: "stubborn", shutdown: func(context.Context) error { return errBoom }},
			&own{name: "broken", shutdown: func(context.Context) error { panic("at the end") }}))
	run(t, s.Hook(), "trouble", true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := s.Shutdown(ctx)
	if err == nil {
		t.Fatal("nothing is said to be lost")
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
		"statsdhook: metrics are lost", "hook=webhookhook ", "hook=webhookhook.ping ", "exporters: cannot push to the Pushgateway")
}
