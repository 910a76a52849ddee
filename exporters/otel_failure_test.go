package exporters_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/chunkscope/chunkscope/exporters"
)

// sayOTel runs a job with OpenTelemetry, and returns what the suite has logged
// and what Shutdown has returned.
func sayOTel(t *testing.T, variables map[string]string) string {
	t.Helper()
	t.Setenv("CHUNKSCOPE_PROGRESS", "none")
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "500")
	for name, value := range variables {
		t.Setenv(name, value)
	}
	logger, logged := newLog()
	s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(logger))
	if err != nil {
		t.Fatal(err)
	}
	run(t, s.Hook(), "nightly", false)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	err = s.Shutdown(ctx)
	return fmt.Sprintf("%s\nShutdown: %v %+v %#v", logged, err, err, err)
}

// TestEndpointShapes holds that the start says what is likely wrong with an
// endpoint, by its variable and without its value.
func TestEndpointShapes(t *testing.T) {
	const all, traces = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	for _, c := range []struct{ variable, value, protocol, want string }{
		{all, secret + ":4318", "", "not a URL with the scheme"},
		{all, secret, "", "not a URL with the scheme"},
		{all, "127.0.0.1:1", "", "not a URL with the scheme"},
		{all, "127.0.0.1:1", "grpc", "not a URL with the scheme"},
		{all, "[::1]:4318", "", "not a URL with the scheme"},
		{all, "htp://" + secret, "", "not a URL with the scheme"},
		{all, "http:/" + secret, "", "not a URL with the scheme"},
		{all, `"http://127.0.0.1:1"`, "", "quotes"},
		{all, "'http://127.0.0.1:1'", "grpc", "quotes"},
		{all, "http://127.0.0.1:1/v1/traces", "", "the path is too long"},
		{all, "http://127.0.0.1:1/" + secret + "/v1/metrics/", "http/protobuf", "the path is too long"},
		{traces, "http://127.0.0.1:1", "", "the URL has no path"},
		{traces, "http://127.0.0.1:1/v1/metrics", "", "the path is that of another signal"},
		{all, "http://127.0.0.1:1/v1/traces", "grpc", "a path, which gRPC does not use"},
		{all, "http://localhost:4317", "", "set OTEL_EXPORTER_OTLP_PROTOCOL to grpc"},
		{all, "http://localhost:4318", "grpc", "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"},
		{all, "localhost:4318", "grpc", "set OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf"},
		{all, "http://user:" + secret + "@127.0.0.1:1", "", "the user and password are not sent"},
		{all, "http://127.0.0.1:1/?token=" + secret, "", "is not sent"},
	} {
		t.Run(c.variable+"="+c.value+" "+c.protocol, func(t *testing.T) {
			t.Setenv(c.variable, c.value)
			t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", c.protocol)
			t.Setenv("OTEL_METRICS_EXPORTER", "none")
			logger, logged := newLog()
			s, err := exporters.New(t.Context(), exporters.WithOTel(), exporters.WithLogger(logger))
			if err != nil {
				t.Fatal(err)
			}
			shutDownAtOnce(s)
			contains(t, "the log", logged.String(), "variable="+c.variable+" ", c.want)
			if strings.Contains(logged.String(), secret) {
				t.Errorf("the log shows the value: %s", logged.String())
			}
		})
	}
}

// TestFailedExportsNameAVariable holds that a failure says which variable is likely
// wrong.
func TestFailedExportsNameAVariable(t *testing.T) {
	answer := func(status int) string {
		collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(collector.Close)
		return collector.URL
	}
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(secure.Close)
	plain := answer(http.StatusOK)
	for _, c := range []struct {
		name      string
		variables map[string]string
		want      string
	}{
		{"unknown path", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": answer(http.StatusNotFound)}, "see the path and the port in OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"no credentials", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": answer(http.StatusUnauthorized)}, "see OTEL_EXPORTER_OTLP_HEADERS or OTEL_EXPORTER_OTLP_TRACES_HEADERS"},
		{"nobody there", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}, "see OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
		{"unknown certificate", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": secure.URL}, "see the scheme in OTEL_EXPORTER_OTLP_ENDPOINT, and OTEL_EXPORTER_OTLP_CERTIFICATE"},
		{"TLS to a plain server", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": strings.Replace(plain, "http:", "https:", 1)}, "see the scheme in OTEL_EXPORTER_OTLP_ENDPOINT"},
		{"gRPC without a scheme", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": strings.Replace(plain, "http://127.0.0.1", "localhost", 1), "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_ENDPOINT: the value has no scheme"},
		{"path too long", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": answer(http.StatusNotFound) + "/v1/traces"}, "OTEL_EXPORTER_OTLP_ENDPOINT: the path is too long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			said := sayOTel(t, c.variables)
			contains(t, "what was said", said, "otelhook: spans are lost", c.want)
			if _, both := c.variables["OTEL_EXPORTER_OTLP_ENDPOINT"]; both {
				contains(t, "what was said", said, "exporters: metrics are not exported")
			}
		})
	}
}

// TestEchoedSecretsOfOTLP holds that a collector that repeats a header in its
// answer does not get it into the log or the error of Shutdown.
func TestEchoedSecretsOfOTLP(t *testing.T) {
	const echoed = `c4nary"T0ken&</>`
	asJSON, err := json.Marshal(echoed)
	if err != nil {
		t.Fatal(err)
	}
	for name, echo := range map[string]string{
		"plain":     echoed,
		"quoted":    fmt.Sprintf("%q", echoed),
		"JSON":      string(asJSON),
		"percent":   url.QueryEscape(echoed),
		"base64":    base64.StdEncoding.EncodeToString([]byte("u:" + echoed)),
		"cut":       strings.Repeat("x", 1024-60) + echoed,
		"header":    "Bearer " + echoed,
		"resource":  "hunter22 is no token",
		"path":      "no such tenant: tenant77",
		"terminal":  "\x1b]0;" + echoed + "\x07\u202e\r\nlevel=ERROR",
		"huge":      strings.Repeat("\x00", 1<<20) + echoed,
		"as a URL":  "http://robot:" + echoed + "@collector/" + echoed,
		"not found": echoed + " 404",
	} {
		t.Run(name, func(t *testing.T) {
			collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer "+echoed {
					t.Errorf("the header is %q", r.Header.Get("Authorization"))
				}
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, echo)
			}))
			defer collector.Close()
			said := sayOTel(t, map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL + "/tenant77",
				"OTEL_EXPORTER_OTLP_HEADERS":  "authorization=" + url.PathEscape("Bearer "+echoed),
				"OTEL_RESOURCE_ATTRIBUTES":    "app.token=hunter22",
			})
			contains(t, "what was said", said, "otelhook: spans are lost", "metrics are not exported", "403")
			for _, part := range []string{"c4na", "T0ken", "hunter22", "tenant77", base64.StdEncoding.EncodeToString([]byte("u:" + echoed))[:10], "\x1b", "\x07", "\u202e", "\x00", "\r", `\x1b`, `\u202e`} {
				if strings.Contains(said, part) {
					t.Errorf("%q is shown:\n%s", part, said)
				}
			}
		})
	}
}

// TestProxySecrets holds that the password of a proxy is not shown. Each runs in a
// program of its own, because net/http reads the variable once.
func TestProxySecrets(t *testing.T) {
	for _, proxy := range []string{"http://user:" + secret + "%zz@proxy.invalid:3128", "http://user:" + secret + "@127.0.0.1:1", "http://user:" + secret + " pass@x", secret + "://u:" + secret + "@x"} {
		t.Run(proxy, func(t *testing.T) {
			program := exec.CommandContext(t.Context(), os.Args[0])
			program.Env = append(os.Environ(), childVariable+"=otel", "CHUNKSCOPE_PROGRESS=none", "OTEL_EXPORTER_OTLP_ENDPOINT=http://collector.invalid:4318", "HTTP_PROXY="+proxy)
			output, err := program.CombinedOutput()
			if err != nil || strings.Contains(string(output), secret) {
				t.Errorf("%v, wrote\n%s", err, output)
			}
			contains(t, "the output", string(output), "spans are lost", "metrics are not exported")
		})
	}
}

// TestProgramsErrorHandler holds that a program keeps its own handler, and that
// the errors it gets from the suite's exporters have no secret.
func TestProgramsErrorHandler(t *testing.T) {
	before := otel.GetErrorHandler()
	defer otel.SetErrorHandler(before)
	var handled []string
	handler := otel.ErrorHandlerFunc(func(err error) { handled = append(handled, err.Error()) })
	otel.SetErrorHandler(handler)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, secret) // the value of the header
	}))
	defer collector.Close()
	t.Setenv("OTEL_METRIC_EXPORT_INTERVAL", "1")
	said := sayOTel(t, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=" + secret})
	if strings.Contains(said+fmt.Sprint(handled), secret) {
		t.Errorf("said %s, handled %q", said, handled)
	}
	otel.Handle(io.EOF)
	if len(handled) == 0 || handled[len(handled)-1] != io.EOF.Error() {
		t.Errorf("the program's handler got %q", handled)
	}
}

// TestPortOfOpenTelemetrysServer holds that a job runs if the port of
// OpenTelemetry's own Prometheus server is in use.
func TestPortOfOpenTelemetrysServer(t *testing.T) {
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	said := sayOTel(t, map[string]string{
		"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "prometheus",
		"OTEL_EXPORTER_PROMETHEUS_HOST": "127.0.0.1", "OTEL_EXPORTER_PROMETHEUS_PORT": port,
	})
	contains(t, "what was said", said, "OTEL_EXPORTER_PROMETHEUS_PORT", "address already in use", "Shutdown: <nil>")
	if strings.Contains(said, port) {
		t.Errorf("the value is shown: %s", said)
	}
}
