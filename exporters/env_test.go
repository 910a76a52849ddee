package exporters_test

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/chunkscope/chunkscope/webhookhook"
)

// canary is the secret part of values that are wrong.
const canary = "c4nary"

func TestVariablesThatCannotBe(t *testing.T) {
	long := strings.Repeat("x", 1<<16) + canary
	for name, bad := range map[string][]string{
		"CHUNKSCOPE_PROGRESS":        {canary, "TTY", "none ", "tty", "auto,plain", "1", "true", long},
		"CHUNKSCOPE_ADDR":            {canary, "9090", "http://h:9090/" + canary, ":9090 ", "\n", "a:b:" + canary, ":" + canary, "-1:" + canary, ":99999", "[::1]", canary + ".invalid:1", "0.0.0.0", long},
		"CHUNKSCOPE_WEB_CONFIG_FILE": {canary, "/" + canary + "/web.yml", "\x01" + canary, ".", long},
		"CHUNKSCOPE_PUSHGATEWAY_URL": {"ftp://" + canary, "://" + canary, "http://", "http://h/?" + canary, "http://h/#" + canary, "http://u:" + canary + "@", "%zz" + canary, " http://h", "http://h\r\n" + canary},
		"CHUNKSCOPE_STATSD_ADDR":     {canary, "localhost", ":8125", "h:0", "h:" + canary, "http://" + canary + ":1", "unixgram://", "h\n:1" + canary, "h:8125\n", long},
		"CHUNKSCOPE_STATSD_TAGS":     {canary, "DogStatsD", "influx,graphite", "none", " name", "0"},
		"CHUNKSCOPE_WEBHOOK_URL":     {canary, "ftp://h/" + canary, "http://chat.example/" + canary, "http://hooks.slack.com/" + canary, "https:///" + canary, "https://h/%zz" + canary, "https://h/" + canary + "\n", "https://u:" + canary + "@"},
		"CHUNKSCOPE_PING_URL":        {canary, "ftp://h/" + canary, "http://hc.example/" + canary, "https:///" + canary, "https://h/" + canary + " "},
		"CHUNKSCOPE_LOG_INTERVAL":    {canary, "5", "5x", "0", "-1s", "999ms", "1e9", "1m ", "99999999999h", "5 s", long},
	} {
		for _, value := range bad {
			t.Run(fmt.Sprintf("%s=%.40q", name, value), func(t *testing.T) {
				if name == "CHUNKSCOPE_WEB_CONFIG_FILE" {
					t.Setenv("CHUNKSCOPE_ADDR", ":0")
				}
				t.Setenv(name, value)
				s, err := exporters.FromEnv(t.Context())
				if err == nil {
					_ = s.Shutdown(t.Context())
					t.Fatal("no error")
				}
				all := []error{err}
				if several, ok := errors.AsType[interface {
					error
					Unwrap() []error
				}](err); ok {
					all = append(all, several.Unwrap()...)
				}
				for _, err := range all {
					for ; err != nil; err = errors.Unwrap(err) {
						if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, canary) {
							t.Errorf("the error shows the value: %s", text)
						}
					}
				}
			})
		}
	}
}

// TestErrorsSayWhatToDo has them name the variable, and what it may be.
func TestErrorsSayWhatToDo(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"CHUNKSCOPE_PROGRESS":        {"loud", "exporters: CHUNKSCOPE_PROGRESS: termhook: CHUNKSCOPE_PROGRESS is set to something that is no mode; use auto, tty, plain, json or none"},
		"CHUNKSCOPE_ADDR":            {"9090", "exporters: CHUNKSCOPE_ADDR: it is not a host and a port, as in localhost:9090 or :9090; set it to a host and a port, as localhost:9090 or :9090"},
		"CHUNKSCOPE_WEB_CONFIG_FILE": {"web.yml", "exporters: CHUNKSCOPE_WEB_CONFIG_FILE: there is no server that it is for; add WithPrometheus with an address; set it to the path of a web configuration file, and CHUNKSCOPE_ADDR to an address"},
		"CHUNKSCOPE_PUSHGATEWAY_URL": {"ftp://h", "exporters: CHUNKSCOPE_PUSHGATEWAY_URL: it is not the address of a Pushgateway, as in http://host:9091; set it to a URL as http://host:9091"},
		"CHUNKSCOPE_STATSD_ADDR":     {"h", "exporters: CHUNKSCOPE_STATSD_ADDR: it is not the address of a StatsD server; set it to host:port or unixgram:///path/to/socket"},
		"CHUNKSCOPE_STATSD_TAGS":     {"h", "exporters: CHUNKSCOPE_STATSD_TAGS: there is no such format of tags; set it to dogstatsd, influx, graphite or name"},
		"CHUNKSCOPE_WEBHOOK_URL":     {"http://chat.example/x", "exporters: CHUNKSCOPE_WEBHOOK_URL: webhookhook.New: the URL: its scheme is http, which shows it to the network; use https, or allow it with WithPlainHTTP; set it to the https URL of a webhook"},
		"CHUNKSCOPE_PING_URL":        {"x", "exporters: CHUNKSCOPE_PING_URL: webhookhook.NewPing: the URL: it is not a URL; give an absolute one, as in https://hooks.example.com/…; set it to the https URL of a check"},
		"CHUNKSCOPE_LOG_INTERVAL":    {"5", "exporters: CHUNKSCOPE_LOG_INTERVAL: it is not such a time; set it to a time of a second or more, as 30s"},
		"CHUNKSCOPE_ADRR":            {":9090", `exporters: "CHUNKSCOPE_ADRR" is no variable of Chunkscope; there are CHUNKSCOPE_PROGRESS, CHUNKSCOPE_ADDR, `},
		"CHUNKSCOPE_":                {"x", `exporters: "CHUNKSCOPE_" is no variable of Chunkscope; `},
		"CHUNKSCOPE_PORT":            {":9090", `exporters: "CHUNKSCOPE_PORT" is no variable of Chunkscope; `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			if _, err := exporters.FromEnv(t.Context()); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("said %q, want %q", err, c.want)
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Setenv("CHUNKSCOPE_LOG_INTERVAL", "5")
		t.Setenv("CHUNKSCOPE_STATSD_TAGS", "x")
		t.Setenv("CHUNKSCOPE_WEBHOKO_URL", canary)
		_, err := exporters.FromEnv(t.Context())
		if err == nil {
			t.Fatal("no error")
		}
		contains(t, "the error", err.Error(), "LOG_INTERVAL", "STATSD_TAGS", "WEBHOKO_URL")
		if strings.Contains(err.Error(), canary) {
			t.Errorf("the error shows a value: %v", err)
		}
	})
}

// TestForeignVariables has those that Kubernetes makes of a service left alone.
func TestForeignVariables(t *testing.T) {
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

// TestEmptyIsUnset has all variables empty: there is nothing but progress.
func TestEmptyIsUnset(t *testing.T) {
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
	b := newBackends(t)
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
		{"addr", map[string]string{"CHUNKSCOPE_ADDR": ":0"}, nil, "promhook termhook"},
		{"web config", map[string]string{"CHUNKSCOPE_ADDR": "localhost:0", "CHUNKSCOPE_WEB_CONFIG_FILE": web}, nil, "promhook termhook"},
		{"Pushgateway", map[string]string{"CHUNKSCOPE_PUSHGATEWAY_URL": b.URL}, nil, "promhook.push promhook termhook"},
		{"StatsD", map[string]string{"CHUNKSCOPE_STATSD_ADDR": "127.0.0.1:8125"}, nil, "statsdhook termhook"},
		{"webhook", map[string]string{"CHUNKSCOPE_WEBHOOK_URL": "https://hooks.slack.com/services/x"}, nil, "webhookhook termhook"},
		{"ping", map[string]string{"CHUNKSCOPE_PING_URL": "https://hc-ping.com/x"}, nil, "webhookhook.ping termhook"},
		{"log interval alone", map[string]string{"CHUNKSCOPE_LOG_INTERVAL": "1m"}, nil, "termhook"},
		{"tags alone", map[string]string{"CHUNKSCOPE_STATSD_TAGS": "name"}, nil, "termhook"},
		{"OTLP", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL}, nil, "otelhook termhook"},
		{"OTLP of traces", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": b.URL, "OTEL_METRICS_EXPORTER": "none"}, nil, "otelhook termhook"},
		{"OTLP of metrics", map[string]string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": b.URL, "OTEL_TRACES_EXPORTER": "none"}, nil, "otelhook termhook"},
		{"OTLP disabled", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL, "OTEL_SDK_DISABLED": "TRUE"}, nil, "termhook"},
		{"no exporters", map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, nil, "termhook"},
		{"OTLP disabled in code's eyes", map[string]string{"OTEL_SDK_DISABLED": "true"}, []exporters.Option{exporters.WithOTel()}, "termhook"},
		{
			"all of them",
			map[string]string{
				"CHUNKSCOPE_ADDR": ":0", "CHUNKSCOPE_PUSHGATEWAY_URL": b.URL, "CHUNKSCOPE_STATSD_ADDR": "127.0.0.1:8125",
				"CHUNKSCOPE_WEBHOOK_URL": "https://hooks.slack.com/services/x", "CHUNKSCOPE_PING_URL": "https://hc-ping.com/x",
				"OTEL_EXPORTER_OTLP_ENDPOINT": b.URL,
			},
			[]exporters.Option{exporters.WithLogger(slog.New(slog.DiscardHandler)), exporters.WithHooks(&own{})},
			"otelhook promhook.push promhook statsdhook webhookhook webhookhook.ping termhook loghook own",
		},
		{
			"code goes before the environment",
			map[string]string{
				"CHUNKSCOPE_ADDR": "not an address", "CHUNKSCOPE_STATSD_ADDR": "not an address", "CHUNKSCOPE_STATSD_TAGS": "influx",
				"CHUNKSCOPE_WEBHOOK_URL": "not a URL", "CHUNKSCOPE_PING_URL": "not a URL", "CHUNKSCOPE_PUSHGATEWAY_URL": "z://",
			},
			[]exporters.Option{
				exporters.WithPrometheus("", private()), exporters.WithStatsD("127.0.0.1:8125"), exporters.WithPushgateway(b.URL),
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

// TestStatsDTags has the tags written as the server wants them.
func TestStatsDTags(t *testing.T) {
	for format, want := range map[string]string{
		"":          "chunkscope.items:10|c|#executor:tags,outcome:ok\n",
		"dogstatsd": "chunkscope.items:10|c|#executor:tags,outcome:ok\n",
		"influx":    "chunkscope.items,executor=tags,outcome=ok:10|c\n",
		"graphite":  "chunkscope.items;executor=tags;outcome=ok:10|c\n",
		"name":      "chunkscope.tags.items.ok:10|c\n",
	} {
		t.Run(format, func(t *testing.T) {
			addr, lines := statsd(t)
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv("CHUNKSCOPE_STATSD_ADDR", addr)
			t.Setenv("CHUNKSCOPE_STATSD_TAGS", format)
			s, err := exporters.FromEnv(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			run(t, s.Hook(), "tags", false)
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			contains(t, "what the server got", lines(), want)
		})
	}
}

// TestLogInterval has progress in the log of a program that has one.
func TestLogInterval(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("CHUNKSCOPE_LOG_INTERVAL", "1s")
	synctest.Test(t, func(t *testing.T) {
		var log buffer
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
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(CHUNKSCOPE_[A-Z_]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		told[m[1]] = true
	}
	if got, want := slices.Sorted(maps.Keys(told)), slices.Sorted(slices.Values(exporters.Variables())); !slices.Equal(got, want) {
		t.Errorf("the page has %q, the code %q", got, want)
	}
	for _, name := range regexp.MustCompile(`CHUNKSCOPE_[A-Z_]*[A-Z]`).FindAllString(string(page), -1) {
		if !told[name] {
			t.Errorf("the page mentions %s, which is none", name)
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

// TestSilence runs a program that the environment tells to show nothing: it
// writes no byte, and has no goroutine more than without a suite.
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

// TestSecretsOfOTLP has the headers and the path of an endpoint in no error.
func TestSecretsOfOTLP(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1/"+canary)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key="+canary)
	s, err := exporters.FromEnv(t.Context(), exporters.WithWebhook("https://127.0.0.1:1/"+canary, webhookhook.WithBearerToken(canary)))
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Hook(), "secrets", true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = s.Shutdown(ctx)
	if err == nil {
		t.Fatal("nothing is said to be lost")
	}
	contains(t, "the error", err.Error(), "otelhook: ")
	if text := fmt.Sprintf("%v %+v %#v %+v %#v", err, err, err, s, s); strings.Contains(text, canary) {
		t.Errorf("a secret is shown: %s", text)
	}
}
