package exporters_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// secret is part of invalid values. No error shows it.
const secret = "c4nary"

func TestInvalidVariables(t *testing.T) {
	long := strings.Repeat("x", 1<<16) + secret
	for name, bad := range map[string][]string{
		"CHUNKSCOPE_PROGRESS":          {secret, "TTY", "none ", "tty", "auto,plain", "1", "true", long},
		"CHUNKSCOPE_ADDR":              {secret, "9090", "http://h:9090/" + secret, ":9090 ", "\n", "a:b:" + secret, ":" + secret, "-1:" + secret, ":99999", "[::1]", secret + ".invalid:1", "0.0.0.0", long},
		"CHUNKSCOPE_WEB_CONFIG_FILE":   {secret, "/" + secret + "/web.yml", "\x01" + secret, ".", long},
		"CHUNKSCOPE_PUSHGATEWAY_URL":   {"ftp://" + secret, "://" + secret, secret + "://h", "http://", "http://h/?" + secret, "http://h/#" + secret, "http://u:" + secret + "@", "%zz" + secret, " http://h", "http://h\r\n" + secret},
		"CHUNKSCOPE_STATSD_ADDR":       {secret, "localhost", ":8125", "h:0", "h:" + secret, "http://" + secret + ":1", "unixgram://", "h\n:1" + secret, "h:8125\n", long},
		"CHUNKSCOPE_STATSD_TAGS":       {secret, "DogStatsD", "influx,graphite", "none", " name", "0"},
		"CHUNKSCOPE_WEBHOOK_URL":       {secret, secret + "://h", "ftp://h/" + secret, "http://chat.example/" + secret, "http://hooks.slack.com/" + secret, "https:///" + secret, "https://h/%zz" + secret, "https://h/" + secret + "\n", "https://u:" + secret + "@"},
		"CHUNKSCOPE_WEBHOOK_FORMAT":    {secret, "Slack", "slack,json", " json", "0", "default", long},
		"CHUNKSCOPE_PING_URL":          {secret, secret + "://h", "ftp://h/" + secret, "http://hc.example/" + secret, "https:///" + secret, "https://h/" + secret + " "},
		"CHUNKSCOPE_DISABLED":          {secret, "1", "yes", " true", "true,false", long},
		"CHUNKSCOPE_EXECUTOR":          {" " + secret, secret + "\n"},
		"CHUNKSCOPE_EXPECTED_INTERVAL": {secret, "24", "1d", "0", "-1h", "999ms", " 24h", long},
		"CHUNKSCOPE_LINKS":             {secret, "https://" + secret + ".example", "=https://h", "a=", "a=b", "a=ftp://h/" + secret, "a=https://h,", "a=%zz" + secret, "a=//h", strings.Repeat("a=https://h,", 5) + "a=https://h", long},
		"CHUNKSCOPE_LOG_INTERVAL":      {secret, "5", "5x", "0", "-1s", "999ms", "1e9", "1m ", "99999999999h", "5 s", long},
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
				if joined, ok := errors.AsType[interface {
					error
					Unwrap() []error
				}](err); ok {
					all = append(all, joined.Unwrap()...)
				}
				for _, err := range all {
					for ; err != nil; err = errors.Unwrap(err) {
						if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, secret) {
							t.Errorf("the error shows the value: %s", text)
						}
					}
				}
			})
		}
	}
}

// TestVariableErrors holds that errors name the variable, and its valid values.
func TestVariableErrors(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"CHUNKSCOPE_PROGRESS":        {"loud", "exporters: CHUNKSCOPE_PROGRESS: termhook: CHUNKSCOPE_PROGRESS: the value is no mode; use auto, tty, plain, json or none"},
		"CHUNKSCOPE_ADDR":            {"9090", "exporters: CHUNKSCOPE_ADDR: the address is not a host and a port; set it to a host and a port, as localhost:9090 or :9090"},
		"CHUNKSCOPE_WEB_CONFIG_FILE": {"web.yml", "exporters: CHUNKSCOPE_WEB_CONFIG_FILE: there is no server to configure; set it to the path of a web configuration file, and CHUNKSCOPE_ADDR to an address"},
		"CHUNKSCOPE_PUSHGATEWAY_URL": {"ftp://h", "exporters: CHUNKSCOPE_PUSHGATEWAY_URL: the value is not the URL of a Pushgateway; set it to a URL as http://host:9091, without the path /metrics"},
		"CHUNKSCOPE_STATSD_ADDR":     {"h", "exporters: CHUNKSCOPE_STATSD_ADDR: the value is not the address of a StatsD server; set it to host:port or unixgram:///path/to/socket"},
		"CHUNKSCOPE_STATSD_TAGS":     {"h", "exporters: CHUNKSCOPE_STATSD_TAGS: the value is not a format of tags; set it to dogstatsd, influx, graphite or name"},
		"CHUNKSCOPE_WEBHOOK_URL":     {"http://chat.example/x", "exporters: CHUNKSCOPE_WEBHOOK_URL: the URL has the scheme http, which shows it to the network; set it to the https URL of a chat's webhook; that of a check belongs in CHUNKSCOPE_PING_URL"},
		"CHUNKSCOPE_WEBHOOK_FORMAT":  {"h", "exporters: CHUNKSCOPE_WEBHOOK_FORMAT: the value is not a format of messages; set it to slack, mattermost, discord, teams, json or cloudevents"},
		"CHUNKSCOPE_PING_URL":        {"x", "exporters: CHUNKSCOPE_PING_URL: the URL is not a valid absolute URL; set it to the https URL of a check; that of a chat belongs in CHUNKSCOPE_WEBHOOK_URL"},
		"CHUNKSCOPE_LOG_INTERVAL":    {"5", "exporters: CHUNKSCOPE_LOG_INTERVAL: the value is not a time of a second or more; set it to a time of a second or more, as 30s"},
		"CHUNKSCOPE_ADRR":            {":9090", `exporters: "CHUNKSCOPE_ADRR" is not a variable of Chunkscope; use one of CHUNKSCOPE_PROGRESS, CHUNKSCOPE_ADDR, `},
		"CHUNKSCOPE_":                {"x", `exporters: "CHUNKSCOPE_" is not a variable of Chunkscope; `},
		"CHUNKSCOPE_PORT":            {":9090", `exporters: "CHUNKSCOPE_PORT" is not a variable of Chunkscope; `},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			if _, err := exporters.FromEnv(t.Context()); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("FromEnv returned %q, want %q", err, c.want)
			}
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Setenv("CHUNKSCOPE_LOG_INTERVAL", "5")
		t.Setenv("CHUNKSCOPE_STATSD_TAGS", "x")
		t.Setenv("CHUNKSCOPE_WEBHOKO_URL", secret)
		_, err := exporters.FromEnv(t.Context(), exporters.WithPing("x"))
		if err == nil {
			t.Fatal("no error")
		}
		contains(t, "the error", err.Error(), "LOG_INTERVAL", "STATSD_TAGS", "WEBHOKO_URL", "WithPing")
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a value: %v", err)
		}
	})
}

// TestSecretsOfOTLP holds that no error shows the headers and the path of an
// endpoint.
func TestSecretsOfOTLP(t *testing.T) {
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1/"+secret)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key="+secret)
	s, err := exporters.FromEnv(t.Context(), exporters.WithWebhook("https://127.0.0.1:1/"+secret, webhookhook.WithBearerToken(secret)))
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Hook(), "secrets", true)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err = s.Shutdown(ctx)
	if err == nil {
		t.Fatal("Shutdown reports no loss")
	}
	contains(t, "the error", err.Error(), "otelhook: ")
	if text := fmt.Sprintf("%v %+v %#v %+v %#v", err, err, err, s, s); strings.Contains(text, secret) {
		t.Errorf("a secret is shown: %s", text)
	}
}
