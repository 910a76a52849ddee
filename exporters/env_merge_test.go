package exporters_test

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// merged is what a suite does, as far as settings decide it. Code and env are
// what options and variables name.
type merged struct {
	code, env         *httpBackend
	codeAddr, envAddr string // of StatsD servers
	codeLines         func() string
	envLines          func() string
	registry          *prometheus.Registry
	terminal          *syncBuffer
	suite             *exporters.Suite
}

// source says which back end got something: "code", "env", both or "".
func (m *merged) source(in func(*httpBackend) bool) string {
	var all []string
	if in(m.code) {
		all = append(all, "code")
	}
	if in(m.env) {
		all = append(all, "env")
	}
	return strings.Join(all, " ")
}

func requested(prefix string) func(*merged) string {
	return func(m *merged) string { return m.source(func(b *httpBackend) bool { return b.requested(prefix) }) }
}

// found returns what a pattern finds of a text.
func found(text func(*merged) string, pattern string) func(*merged) string {
	return func(m *merged) string { return regexp.MustCompile(pattern).FindString(text(m)) }
}

func scraped(m *merged) string {
	families, _ := m.registry.Gather()
	var all strings.Builder
	for _, f := range families {
		all.WriteString(f.String() + "\n")
	}
	return all.String()
}

// TestMerging has for each setting what happens if it is in code alone, in the
// environment alone, in both, and in neither or empty.
func TestMerging(t *testing.T) {
	prom := func(m *merged, addr string, opts ...promhook.Option) exporters.Option {
		return exporters.WithPrometheus(addr, append(opts, promhook.WithRegisterer(m.registry))...)
	}
	json := webhookhook.WithFormat(webhookhook.JSON())
	links := webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link {
		return []webhookhook.Link{{Title: "code", URL: "https://code.example"}}
	})
	for name, c := range map[string]struct {
		option, empty func(*merged) exporters.Option // with and without the setting
		always, env   func(*merged) map[string]string
		result        func(*merged) string

		code, environ, both, neither string
	}{
		"server": {
			option: func(m *merged) exporters.Option { return prom(m, "[::1]:0") },
			empty:  func(m *merged) exporters.Option { return prom(m, "") },
			env:    func(*merged) map[string]string { return map[string]string{"CHUNKSCOPE_ADDR": "127.0.0.1:0"} },
			result: func(m *merged) string { return strings.TrimRight(m.suite.Addr(), "0123456789") },
			code:   "[::1]:", environ: "127.0.0.1:", both: "[::1]:",
		},
		"expected interval": {
			option: func(m *merged) exporters.Option { return prom(m, "", promhook.WithExpectedInterval(time.Hour)) },
			empty:  func(m *merged) exporters.Option { return prom(m, "") },
			env:    func(*merged) map[string]string { return map[string]string{"CHUNKSCOPE_EXPECTED_INTERVAL": "24h"} },
			result: func(m *merged) string {
				_, text, _ := strings.Cut(scraped(m), "run_expected_interval_seconds")
				return regexp.MustCompile(`value:\d+`).FindString(strings.SplitN(text, "\n", 2)[0])
			},
			code: "value:3600", environ: "value:86400", both: "value:3600",
		},
		"Pushgateway": {
			option: func(m *merged) exporters.Option {
				return exporters.WithPushgateway(m.code.URL)
			},
			empty: func(*merged) exporters.Option {
				return exporters.WithPushgateway("")
			},
			env:    func(m *merged) map[string]string { return map[string]string{"CHUNKSCOPE_PUSHGATEWAY_URL": m.env.URL} },
			result: requested("/metrics/"),
			code:   "code", environ: "env", both: "code",
		},
		"StatsD": {
			option: func(m *merged) exporters.Option { return exporters.WithStatsD(m.codeAddr) },
			empty:  func(*merged) exporters.Option { return exporters.WithStatsD("", statsdhook.WithPrefix("p")) },
			env:    func(m *merged) map[string]string { return map[string]string{"CHUNKSCOPE_STATSD_ADDR": m.envAddr} },
			result: func(m *merged) string {
				switch code, env := m.codeLines(), m.envLines(); {
				case code != "" && env != "":
					return "both"
				case code != "":
					return "code"
				case strings.HasPrefix(env, "p."):
					return "env with the option of code"
				case env != "":
					return "env"
				}
				return ""
			},
			code: "code", environ: "env with the option of code", both: "code",
		},
		"tags of StatsD": {
			option: func(m *merged) exporters.Option {
				return exporters.WithStatsD(m.codeAddr, statsdhook.WithTagFormat(statsdhook.InName))
			},
			empty:  func(m *merged) exporters.Option { return exporters.WithStatsD(m.codeAddr) },
			env:    func(*merged) map[string]string { return map[string]string{"CHUNKSCOPE_STATSD_TAGS": "graphite"} },
			result: found(func(m *merged) string { return m.codeLines() }, `chunkscope\S*items[.;:]`),
			code:   "chunkscope.merging.items.", environ: "chunkscope.items;", both: "chunkscope.merging.items.", neither: "chunkscope.items:",
		},
		"webhook": {
			option: func(m *merged) exporters.Option { return exporters.WithWebhook(m.code.URL+"/hook", json) },
			empty:  func(*merged) exporters.Option { return exporters.WithWebhook("", json) },
			env: func(m *merged) map[string]string {
				return map[string]string{"CHUNKSCOPE_WEBHOOK_URL": m.env.URL + "/hook"}
			},
			result: requested("/hook"),
			code:   "code", environ: "env", both: "code",
		},
		"format": {
			option: func(*merged) exporters.Option { return exporters.WithWebhook("", json) },
			empty:  func(*merged) exporters.Option { return exporters.WithWebhook("") },
			always: func(m *merged) map[string]string {
				return map[string]string{"CHUNKSCOPE_WEBHOOK_URL": m.env.URL + "/hook"}
			},
			env:    func(*merged) map[string]string { return map[string]string{"CHUNKSCOPE_WEBHOOK_FORMAT": "discord"} },
			result: found(func(m *merged) string { return m.env.at("/hook") }, `"event":|"embeds":|"text":`),
			code:   `"event":`, environ: `"embeds":`, both: `"event":`, neither: `"text":`,
		},
		"links": {
			option: func(m *merged) exporters.Option { return exporters.WithWebhook(m.code.URL+"/hook", json, links) },
			empty:  func(m *merged) exporters.Option { return exporters.WithWebhook(m.code.URL+"/hook", json) },
			env: func(*merged) map[string]string {
				return map[string]string{"CHUNKSCOPE_LINKS": "Run book = https://env.example/a%2Cb?x=1"}
			},
			result: found(func(m *merged) string { return m.code.at("/hook") }, `https://code.example|"Run book","url":"https://env.example/a%2Cb\?x=1"`),
			code:   "https://code.example", environ: `"Run book","url":"https://env.example/a%2Cb?x=1"`, both: "https://code.example",
		},
		"ping": {
			option: func(m *merged) exporters.Option { return exporters.WithPing(m.code.URL + "/ping") },
			empty:  func(*merged) exporters.Option { return exporters.WithPing("") },
			env: func(m *merged) map[string]string {
				return map[string]string{"CHUNKSCOPE_PING_URL": m.env.URL + "/ping"}
			},
			result: requested("/ping"),
			code:   "code", environ: "env", both: "code",
		},
		"mode of the terminal": {
			option: func(m *merged) exporters.Option {
				return exporters.WithTerminal(m.terminal, termhook.WithMode(termhook.ModeJSON))
			},
			empty:  func(m *merged) exporters.Option { return exporters.WithTerminal(m.terminal) },
			env:    func(*merged) map[string]string { return map[string]string{"CHUNKSCOPE_PROGRESS": "none"} },
			result: found(func(m *merged) string { return m.terminal.String() }, `"executor":|executor=`),
			code:   `"executor":`, environ: "", both: `"executor":`, neither: "executor=",
		},
	} {
		for _, v := range []struct {
			variant   string
			code, env bool
			want      string
		}{{"code", true, false, c.code}, {"environment", false, true, c.environ}, {"both", true, true, c.both}, {"neither", false, false, c.neither}} {
			t.Run(name+"/"+v.variant, func(t *testing.T) {
				m := &merged{code: newHTTPBackend(t), env: newHTTPBackend(t), registry: prometheus.NewRegistry(), terminal: &syncBuffer{}}
				m.codeAddr, m.codeLines = newStatsD(t)
				m.envAddr, m.envLines = newStatsD(t)
				option := c.empty
				if v.code {
					option = c.option
				}
				t.Setenv("CHUNKSCOPE_PROGRESS", "none")
				if name == "mode of the terminal" {
					t.Setenv("CHUNKSCOPE_PROGRESS", "")
				}
				set := func(variables func(*merged) map[string]string) {
					for name, value := range variables(m) {
						t.Setenv(name, value)
					}
				}
				if c.always != nil {
					set(c.always)
				}
				if v.env {
					set(c.env)
				}
				var err error
				m.suite, err = exporters.FromEnv(t.Context(), prom(m, ""), option(m), exporters.WithLogger(slog.New(slog.DiscardHandler)))
				if err != nil {
					t.Fatal(err)
				}
				run(t, m.suite.Hook(), "merging", true)
				if err := m.suite.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
				if got := c.result(m); got != v.want {
					t.Errorf("%q, want %q", got, v.want)
				}
			})
		}
	}
}

// TestLogIntervalMerges counts the lines of progress in 3.5 s.
func TestLogIntervalMerges(t *testing.T) {
	for _, c := range []struct {
		name, env string
		opts      []loghook.Option
		want      int
	}{
		{"code", "", []loghook.Option{loghook.WithProgress(2 * time.Second)}, 1},
		{"environment", "1s", nil, 3},
		{"both", "1s", []loghook.Option{loghook.WithProgress(2 * time.Second)}, 1},
		{"neither", "", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv("CHUNKSCOPE_LOG_INTERVAL", c.env)
			synctest.Test(t, func(t *testing.T) {
				var log syncBuffer
				s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil)), c.opts...))
				if err != nil {
					t.Fatal(err)
				}
				exec := core.NewExecutor(core.WithWorkers(1))
				exec.Register(s.Hook())
				_ = core.ForEach(t.Context(), exec, make([]int, 35), func(context.Context, int) error { time.Sleep(100 * time.Millisecond); return nil })
				_ = s.Shutdown(t.Context())
				if n := strings.Count(log.String(), "run progress"); n != c.want {
					t.Errorf("progress is logged %d times, want %d:\n%s", n, c.want, log.String())
				}
			})
		})
	}
}

// TestWithoutServer refuses a server, whatever else asks for one.
func TestWithoutServer(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("CHUNKSCOPE_ADDR", "not an address")
	t.Setenv("CHUNKSCOPE_WEB_CONFIG_FILE", "not a file")
	t.Setenv("CHUNKSCOPE_UI", "on")
	for name, addr := range map[string]string{"no address": "", "address": ":0"} {
		s, err := exporters.FromEnv(t.Context(), exporters.WithPrometheus(addr, ownRegistry()), exporters.WithoutServer())
		if err != nil {
			t.Fatal(err)
		}
		if s.Addr() != "" || len(hookNames(s)) != 1 {
			t.Errorf("%s: the suite serves at %q, with hooks %q", name, s.Addr(), hookNames(s))
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestDisabled overrides every option and every other variable, also wrong ones.
func TestDisabled(t *testing.T) {
	b := newHTTPBackend(t)
	t.Setenv("CHUNKSCOPE_DISABLED", "True")
	t.Setenv("CHUNKSCOPE_ADDR", "not an address")
	t.Setenv("CHUNKSCOPE_MISTYPED", "x")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", b.URL)
	var terminal syncBuffer
	user := &userHook{}
	s, err := exporters.FromEnv(t.Context(), exporters.WithPrometheus(":0"), exporters.WithWebhook(b.URL+"/hook"), exporters.WithTerminal(&terminal), exporters.WithHooks(user))
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Hook(), "off", true)
	if names := core.Hooks(s.Hook()); len(names) > 0 || s.Addr() != "" || s.Writer() == io.Discard {
		t.Errorf("hooks %q, server at %q", names, s.Addr())
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if terminal.String() != "" || b.requested("/hook") || b.requested("/v1/traces") {
		t.Error("a disabled suite has written or sent something")
	}
	t.Setenv("CHUNKSCOPE_DISABLED", "no")
	if _, err := exporters.FromEnv(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "exporters: CHUNKSCOPE_DISABLED: the value is neither; set it to true or false") {
		t.Errorf("FromEnv returned %v", err)
	}
}

// TestMergedMistakes names the setting that is wrong where code has the options
// and the environment the address.
func TestMergedMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		variable, value string
		option          exporters.Option
		want            string
	}{
		"StatsD address":      {"CHUNKSCOPE_STATSD_ADDR", secret, exporters.WithStatsD(""), "exporters: CHUNKSCOPE_STATSD_ADDR: the value is not"},
		"StatsD option":       {"CHUNKSCOPE_STATSD_ADDR", "localhost:8125", exporters.WithStatsD("", statsdhook.WithSampleRate(2)), "exporters: WithStatsD: statsdhook: WithSampleRate(2)"},
		"webhook address":     {"CHUNKSCOPE_WEBHOOK_URL", "ftp://" + secret, exporters.WithWebhook(""), "exporters: CHUNKSCOPE_WEBHOOK_URL: "},
		"webhook option":      {"CHUNKSCOPE_WEBHOOK_URL", "https://chat.example", exporters.WithWebhook("", webhookhook.WithTimeout(0)), "exporters: WithWebhook: webhookhook: WithTimeout(0s)"},
		"Pushgateway address": {"CHUNKSCOPE_PUSHGATEWAY_URL", "ftp://" + secret, exporters.WithPushgateway(""), "exporters: CHUNKSCOPE_PUSHGATEWAY_URL: the value is not"},
		"server address":      {"CHUNKSCOPE_ADDR", secret, exporters.WithPrometheus(""), "exporters: CHUNKSCOPE_ADDR: the address is not"},
		"server option":       {"CHUNKSCOPE_ADDR", ":0", exporters.WithPrometheus("", promhook.WithNamespace("a-b")), `exporters: WithPrometheus(""): promhook: WithNamespace("a-b")`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv(c.variable, c.value)
			_, err := exporters.FromEnv(t.Context(), c.option)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), secret) {
				t.Errorf("FromEnv returned %v, want %s", err, c.want)
			}
		})
	}
}
