package exporters_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// TestServiceLinks holds that FromEnv ignores the variables that Kubernetes sets
// for services.
func TestServiceLinks(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	for name, value := range map[string]string{
		"CHUNKSCOPE_SERVICE_HOST":                 "10.0.0.1",
		"CHUNKSCOPE_GATEWAY_SERVICE_PORT":         "80",
		"CHUNKSCOPE_GATEWAY_SERVICE_PORT_METRICS": "80",
		"CHUNKSCOPE_PORT":                         "tcp://10.0.0.1:80",
		"CHUNKSCOPE_PORT_80_TCP":                  "tcp://10.0.0.1:80",
		"CHUNKSCOPE_PORT_80_TCP_PROTO":            "tcp",
		"CHUNKSCOPE_GATEWAY_PORT_80_TCP_ADDR":     "10.0.0.1",
		"CHUNKSCOPES":                             "x",
		"CHUNKSCOPE_MISTAKEN_BUT_EMPTY":           "",
	} {
		t.Setenv(name, value)
	}
	s, err := exporters.FromEnv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestEmptyVariables holds that empty variables are treated as unset: the suite
// shows progress and does nothing else.
func TestEmptyVariables(t *testing.T) {
	for _, name := range exporters.Variables() {
		t.Setenv(name, "")
	}
	for _, name := range []string{"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SDK_DISABLED"} {
		t.Setenv(name, "")
	}
	s, err := exporters.FromEnv(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Shutdown(t.Context()) }()
	if got := hookNames(s); !slices.Equal(got, []string{"termhook"}) {
		t.Errorf("hooks %q", got)
	}
}

// hookNames returns the names of a suite's hooks in their order.
func hookNames(s *exporters.Suite) (all []string) {
	for _, h := range exporters.Hooks(s) {
		all = append(all, h.HookName())
	}
	return all
}

func TestVariables(t *testing.T) {
	b := newHTTPBackend(t)
	web := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(web, []byte("http_server_config: {http2: false}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		env   map[string]string
		opts  []exporters.Option
		hooks string
	}{
		{"nothing", nil, nil, "termhook"},
		{"none", map[string]string{"CHUNKSCOPE_PROGRESS": "none"}, nil, ""},
		{"json", map[string]string{"CHUNKSCOPE_PROGRESS": "json"}, nil, "termhook"},
		{"addr", map[string]string{"CHUNKSCOPE_ADDR": ":0"}, nil, "promhook uihook termhook"},
		{"addr without the page", map[string]string{"CHUNKSCOPE_ADDR": ":0", "CHUNKSCOPE_UI": "off"}, nil, "promhook termhook"},
		{"page off alone", map[string]string{"CHUNKSCOPE_UI": "off"}, nil, "termhook"},
		{"web config", map[string]string{"CHUNKSCOPE_ADDR": "localhost:0", "CHUNKSCOPE_WEB_CONFIG_FILE": web}, nil, "promhook uihook termhook"},
		{"Pushgateway", map[string]string{"CHUNKSCOPE_PUSHGATEWAY_URL": b.URL}, nil, "promhook.push promhook termhook"},
		{"StatsD", map[string]string{"CHUNKSCOPE_STATSD_ADDR": "127.0.0.1:8125"}, nil, "statsdhook termhook"},
		{"webhook", map[string]string{"CHUNKSCOPE_WEBHOOK_URL": "https://hooks.slack.com/services/x"}, nil, "webhookhook termhook"},
		{"ping", map[string]string{"CHUNKSCOPE_PING_URL": "https://hc-ping.com/x"}, nil, "webhookhook.ping termhook"},
		{"log interval alone", map[string]string{"CHUNKSCOPE_LOG_INTERVAL": "1m"}, nil, "termhook"},
		{"tags alone", map[string]string{"CHUNKSCOPE_STATSD_TAGS": "name"}, nil, "termhook"},
		{"format alone", map[string]string{"CHUNKSCOPE_WEBHOOK_FORMAT": "json"}, nil, "termhook"},
		{"OTLP", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL}, nil, "otelhook termhook"},
		{"OTLP of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": b.URL, "OTEL_METRICS_EXPORTER": "none"}, nil, "otelhook termhook"},
		{"OTLP of metrics", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": b.URL, "OTEL_TRACES_EXPORTER": "none"}, nil, "otelhook termhook"},
		{"OTLP disabled", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL, "OTEL_SDK_DISABLED": "TRUE"}, nil, "termhook"},
		{"no exporters", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, nil, "termhook"},
		{"OTLP disabled for WithOTel", map[string]string{"OTEL_SDK_DISABLED": "true"}, []exporters.Option{exporters.WithOTel()}, "termhook"},
		{
			"all of them",
			map[string]string{
				"CHUNKSCOPE_ADDR": ":0", "CHUNKSCOPE_PUSHGATEWAY_URL": b.URL, "CHUNKSCOPE_STATSD_ADDR": "127.0.0.1:8125",
				"CHUNKSCOPE_WEBHOOK_URL": "https://hooks.slack.com/services/x", "CHUNKSCOPE_PING_URL": "https://hc-ping.com/x",
				"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL,
			},
			[]exporters.Option{exporters.WithLogger(slog.New(slog.DiscardHandler)), exporters.WithHooks(&userHook{})},
			"otelhook promhook.push promhook uihook statsdhook webhookhook webhookhook.ping termhook loghook user",
		},
		{
			"options override the environment",
			map[string]string{
				"CHUNKSCOPE_ADDR": "not an address", "CHUNKSCOPE_STATSD_ADDR": "not an address", "CHUNKSCOPE_STATSD_TAGS": "influx",
				"CHUNKSCOPE_WEBHOOK_URL": "not a URL", "CHUNKSCOPE_PING_URL": "not a URL", "CHUNKSCOPE_PUSHGATEWAY_URL": "z://",
			},
			[]exporters.Option{
				exporters.WithPrometheus("", ownRegistry()), exporters.WithoutServer(), exporters.WithStatsD("127.0.0.1:8125"), exporters.WithPushgateway(b.URL),
				exporters.WithWebhook("https://hooks.slack.com/services/1"), exporters.WithWebhook("https://hooks.slack.com/services/2"),
				exporters.WithPing("https://hc-ping.com/1"),
			},
			"promhook.push promhook statsdhook webhookhook webhookhook webhookhook.ping termhook",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			s, err := exporters.FromEnv(t.Context(), c.opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Shutdown(t.Context()) }()
			if got := strings.Join(hookNames(s), " "); got != c.hooks {
				t.Errorf("hooks %q, want %q", got, c.hooks)
			}
			if (s.Addr() != "") != (c.env["CHUNKSCOPE_ADDR"] != "" && c.opts == nil || c.name == "all of them") {
				t.Errorf("serves at %q", s.Addr())
			}
		})
	}
}

// TestLogInterval counts the lines of progress in the log of a program.
func TestLogInterval(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("CHUNKSCOPE_LOG_INTERVAL", "1s")
	synctest.Test(t, func(t *testing.T) {
		var log syncBuffer
		s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		if err != nil {
			t.Fatal(err)
		}
		exec := core.NewExecutor(core.WithName("log"), core.WithWorkers(1))
		exec.Register(s.Hook())
		err = core.ForEach(t.Context(), exec, make([]int, 35), func(context.Context, int) error { time.Sleep(100 * time.Millisecond); return nil })
		if err = errors.Join(err, s.Shutdown(t.Context())); err != nil {
			t.Error(err)
		}
		if n := strings.Count(log.String(), "run progress"); n != 3 {
			t.Errorf("progress is logged %d times in 3.5 s:\n%s", n, log.String())
		}
	})
}

// TestEnvironmentPage compares docs/environment.md with the code, both ways.
func TestEnvironmentPage(t *testing.T) {
	page, err := os.ReadFile("../docs/environment.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(CHUNKSCOPE_[A-Z_]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		documented[m[1]] = true
	}
	if got, want := slices.Sorted(maps.Keys(documented)), slices.Sorted(slices.Values(exporters.Variables())); !slices.Equal(got, want) {
		t.Errorf("the page has %q, the code %q", got, want)
	}
	for _, name := range regexp.MustCompile(`CHUNKSCOPE_[A-Z_]*[A-Z]`).FindAllString(string(page), -1) {
		if !documented[name] {
			t.Errorf("the page mentions %s, which does not exist", name)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range exporters.Variables() {
		contains(t, "doc.go", string(doc), "//	"+name+" ")
	}
	for _, name := range []string{
		"OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_METRIC_EXPORT_INTERVAL",
		"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_SDK_DISABLED",
	} {
		contains(t, "the page", string(page), "| `"+name+"` |")
	}
}

// TestSilence runs a program with CHUNKSCOPE_PROGRESS=none: it writes no byte,
// and has no goroutine more than without a suite.
func TestSilence(t *testing.T) {
	for mode, silent := range map[string]bool{"none": true, "": false} {
		program := exec.CommandContext(t.Context(), os.Args[0])
		program.Env = append(os.Environ(), childVariable+"=1", "CHUNKSCOPE_PROGRESS="+mode)
		var stderr strings.Builder
		program.Stderr = &stderr
		stdout, err := program.Output()
		if err != nil {
			t.Fatalf("%v\n%s%s", err, stdout, stderr.String())
		}
		if (stderr.Len() == 0) != silent {
			t.Errorf("mode %q writes %q", mode, stderr.String())
		}
		if (string(stdout) == "0 goroutines more\n") != silent {
			t.Errorf("mode %q has %q", mode, stdout)
		}
	}
}
