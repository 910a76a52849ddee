package exporters_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/termhook"
)

// The ten mistakes that people most likely make with a set-up. The error of each
// names the setting and what to do: an error about a variable in terms of the
// environment, one about code in terms of code.
//
//  1. CHUNKSCOPE_ADDR is a port alone, a host alone, or a URL.
//  2. CHUNKSCOPE_PROGRESS is a word for on or off.
//  3. The name of a variable is not quite right.
//  4. The URL of a webhook has no scheme, or plain http.
//  5. The URL of a chat is used for pings, or that of a check for messages.
//  6. The URL of a Pushgateway has the path of a push.
//  7. The address of a StatsD server has a scheme, or no port.
//  8. The endpoint of OTLP has no scheme, or the port of the other protocol.
//  9. A time has no unit, or a format another name.
//  10. A number, a function, an executor or a hook is 0 or nil.

// TestMistakesInVariables sets one variable. The fix is in the error, or in the
// log where the job can run all the same.
func TestMistakesInVariables(t *testing.T) {
	const addr = "set it to a host and a port, as localhost:9090 or :9090"
	for _, c := range []struct{ name, value, problem, fix string }{
		{"CHUNKSCOPE_ADDR", "9090", "the address is not a host and a port", addr},
		{"CHUNKSCOPE_ADDR", "localhost", "the address is not a host and a port", addr},
		{"CHUNKSCOPE_ADDR", "http://localhost:9090", "the address is not a host and a port", addr},
		{"CHUNKSCOPE_PROGRESS", "off", "the value is no mode", "use auto, tty, plain, json or none"},
		{"CHUNKSCOPE_PROGRESS", "true", "the value is no mode", "use auto, tty, plain, json or none"},
		{"CHUNKSCOPE_PROMETHEUS_ADDR", ":9090", "is not a variable of Chunkscope", "use one of CHUNKSCOPE_PROGRESS, CHUNKSCOPE_ADDR, "},
		{"CHUNKSCOPE_STATSD", "localhost:8125", "is not a variable of Chunkscope", "CHUNKSCOPE_STATSD_ADDR, "},
		{"CHUNKSCOPE_WEBHOOK_URL", "hooks.slack.com/services/" + secret, "is not a valid absolute URL", "set it to the https URL of a chat's webhook"},
		{"CHUNKSCOPE_WEBHOOK_URL", "http://chat.example/" + secret, "has the scheme http, which shows it to the network", "set it to the https URL"},
		{"CHUNKSCOPE_WEBHOOK_URL", "https://hc-ping.com/" + secret, "is that of a dead-man's switch, which takes every message for a success", "that of a check belongs in CHUNKSCOPE_PING_URL"},
		{"CHUNKSCOPE_PING_URL", "https://hooks.slack.com/services/" + secret, "is that of a chat, which takes no pings", "that of a chat belongs in CHUNKSCOPE_WEBHOOK_URL"},
		{"CHUNKSCOPE_PING_URL", "hc-ping.com/" + secret, "is not a valid absolute URL", "set it to the https URL of a check"},
		{"CHUNKSCOPE_PUSHGATEWAY_URL", "http://gateway:9091/metrics/job/" + secret, "is not the URL of a Pushgateway", "set it to a URL as http://host:9091, without the path /metrics"},
		{"CHUNKSCOPE_PUSHGATEWAY_URL", "http://gateway:9091/metrics", "is not the URL of a Pushgateway", "without the path /metrics"},
		{"CHUNKSCOPE_STATSD_ADDR", "udp://localhost:8125", "is not the address of a StatsD server", "set it to host:port or unixgram:///path/to/socket"},
		{"CHUNKSCOPE_STATSD_ADDR", "localhost", "is not the address of a StatsD server", "set it to host:port or unixgram:///path/to/socket"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "is not a URL with the scheme http or https", "set it to a URL as http://collector:4318"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317", "the port is the usual one for gRPC", "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc, or use the port for HTTP, 4318"},
		{"CHUNKSCOPE_LOG_INTERVAL", "30", "the value is not a time of a second or more", "as 30s"},
		{"CHUNKSCOPE_WEBHOOK_FORMAT", "msteams", "the value is not a format of messages", "set it to slack, mattermost, discord, teams, json or cloudevents"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			t.Setenv(c.name, c.value)
			var log bytes.Buffer
			s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
			said := log.String()
			if isOTel := strings.HasPrefix(c.name, "OTEL_"); isOTel != (err == nil) {
				t.Fatalf("FromEnv returned %v", err)
			} else if !isOTel {
				said = err.Error()
			}
			contains(t, "what FromEnv says", said, c.name, c.problem, c.fix)
			if inCode := regexp.MustCompile(`\b(With[A-Z]\w*|New\w*|webhookhook|statsdhook|promhook)\b`).FindString(said); inCode != "" || strings.Contains(said, secret) {
				t.Errorf("it speaks of code, %q, or shows the value: %s", inCode, said)
			}
			if s != nil {
				canceled, cancel := context.WithCancel(t.Context())
				cancel()
				_ = s.Shutdown(canceled) // no collector is there
			}
		})
	}
}

// TestMistakesInOptions gives options that have the same mistakes in code.
func TestMistakesInOptions(t *testing.T) {
	for _, c := range []struct {
		option exporters.Option
		want   string
	}{
		{exporters.WithPrometheus("9090"), `exporters: WithPrometheus("9090"): the address is not a host and a port; `},
		{exporters.WithTerminal(nil, termhook.WithMode("off")), `exporters: WithTerminal: termhook: WithMode("off"): there is no such mode; use auto, tty, plain, json or none`},
		{exporters.WithWebhook("hooks.slack.com/" + secret), "exporters: WithWebhook: webhookhook: New: the URL is not a valid absolute URL; give one as in https://"},
		{exporters.WithWebhook("http://chat.example/" + secret), "exporters: WithWebhook: webhookhook: New: the URL has the scheme http, which shows it to the network; use https, or allow http with WithPlainHTTP"},
		{exporters.WithWebhook("https://hc-ping.com/" + secret), "; make a ping of it, with NewPing or exporters.WithPing"},
		{exporters.WithPing("https://discord.com/api/webhooks/1/" + secret), "; make a webhook of it, with New or exporters.WithWebhook"},
		{exporters.WithPushgateway("http://gateway:9091/metrics/job/" + secret), "exporters: WithPushgateway: promhook: the address of the Pushgateway has the path /metrics, which every push appends with job and labels; leave it out"},
		{exporters.WithStatsD("udp://localhost:8125"), "; give host:port or unixgram:///path/to/socket"},
		{exporters.WithStatsD("localhost"), "; give host:port or unixgram:///path/to/socket"},
	} {
		s, err := exporters.New(t.Context(), c.option)
		if err == nil {
			_ = s.Shutdown(t.Context())
			t.Errorf("New accepts what is to give %q", c.want)
			continue
		}
		if text := fmt.Sprintf("%v %#v", err, err); !strings.Contains(text, c.want) || strings.Contains(text, secret) || strings.Contains(text, "CHUNKSCOPE_") {
			t.Errorf("New returned %s, want %s", text, c.want)
		}
	}
}

// TestMistakesInJobs makes the mistakes of programs that set a job up.
func TestMistakesInJobs(t *testing.T) {
	work := func(context.Context, int) error { return nil }
	items := []int{1}
	ended := core.NewExecutor()
	if err := ended.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		make func() error
		want string
	}{
		{func() error { core.NewExecutor(core.WithWorkers(0)); return nil }, "core: WithWorkers(0): a run needs a worker; give at least 1, or leave the option out"},
		{func() error { core.NewExecutor(core.WithChunkSize(-1)); return nil }, "core: WithChunkSize(-1): a chunk needs an item; give at least 1, or leave the option out"},
		{func() error { return core.ForEach[int](t.Context(), core.NewExecutor(), items, nil) }, "core: ForEach: the function is nil; give one"},
		{func() error { return core.ForEach(t.Context(), nil, items, work) }, "core: ForEach: the executor is nil; make one with NewExecutor"},
		{func() error { return core.ForEach(t.Context(), new(core.Executor), items, work) }, "core: the Executor is a zero value; make one with NewExecutor"},
		{func() error { core.NewExecutor().Register((*termhook.Hook)(nil)); return nil }, "core: Register: the hook is a nil *termhook.Hook; leave it out or give a real one"},
		{func() error { return core.ForEach(t.Context(), ended, items, work) }, "core: the executor is shut down; make a new one with NewExecutor"},
	} {
		if err := errorOrPanic(c.make); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// errorOrPanic returns the error of f, or that it panics with.
func errorOrPanic(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err, _ = v.(error)
			if err == nil {
				err = errors.New("the panic is no error")
			}
		}
	}()
	return f()
}
