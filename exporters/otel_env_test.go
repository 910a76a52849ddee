package exporters_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// runOTelChild runs a job that says what it has to say on standard error.
func runOTelChild() {
	s, err := exporters.FromEnv(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, "FromEnv:", err)
		os.Exit(1)
	}
	e := core.NewExecutor(core.WithName("nightly"))
	e.Register(s.Hook())
	if err := core.ForEach(context.Background(), e, []int{1, 2}, func(context.Context, int) error { return nil }); err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		os.Exit(1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "Shutdown:", err)
	}
}

// runHandlerChild has the SDK complain twice.
func runHandlerChild() {
	if _, err := exporters.FromEnv(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "FromEnv:", err)
	}
	for range 2 {
		otel.Handle(errors.New("the key " + secret + " is unknown\x1b[2J"))
	}
}

// TestWrongOTelVariables runs programs with a wrong variable. The job runs, the
// program names the variable and a way to mend it, and it never shows the value.
func TestWrongOTelVariables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		variable, value string
		arrives         string // what arrives all the same: traces, metrics
	}{
		{"OTEL_RESOURCE_ATTRIBUTES", "team=etl,", "traces metrics"},
		{"OTEL_RESOURCE_ATTRIBUTES", "team=etl,,region=" + secret, "traces metrics"},
		{"OTEL_RESOURCE_ATTRIBUTES", secret, "traces metrics"},
		{"OTEL_RESOURCE_ATTRIBUTES", "token=" + secret + "%zz", "traces metrics"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "-1", "traces metrics"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "9223372036854775807", "traces metrics"},
		{"OTEL_BSP_MAX_QUEUE_SIZE", "99999999999999999999999", "traces metrics"},
		{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "-9223372036854775808", "traces metrics"},
		{"OTEL_BSP_SCHEDULE_DELAY", "0", "traces metrics"},
		{"OTEL_BSP_SCHEDULE_DELAY", "5s", "traces metrics"},
		{"OTEL_BSP_EXPORT_TIMEOUT", "-1", "traces metrics"},
		{"OTEL_METRIC_EXPORT_INTERVAL", "-1", "traces metrics"},
		{"OTEL_METRIC_EXPORT_INTERVAL", "9223372036854775807", "traces metrics"},
		{"OTEL_METRIC_EXPORT_TIMEOUT", secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "-1", "traces metrics"},
		{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10" + secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", `"http/protobuf"`, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_HEADERS", secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "bad key=" + secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%ZZ" + secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "x=" + secret + "%0d%0aevil: 1", "traces metrics"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/" + secret + "/nowhere.pem", "traces metrics"},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/dev/zero", "traces metrics"},
		{"OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/" + secret, "traces metrics"},
		{"OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "/" + secret, "traces metrics"},
		{"OTEL_TRACES_SAMPLER", secret, "traces metrics"},
		{"OTEL_TRACES_SAMPLER_ARG", "1.5", "traces metrics"},
		{"OTEL_METRICS_EXEMPLAR_FILTER", secret, "traces metrics"},
		{"OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many", "traces metrics"}, // package auto/sdk shows it before main
		{"OTEL_GO_X_CARDINALITY_LIMIT", secret, "traces metrics"},
		{"OTEL_SDK_DISABLED", secret, "traces metrics"},
		{"OTEL_TRACES_EXPORTER", secret, "metrics"},
		{"OTEL_METRICS_EXPORTER", secret, "traces"},
		{"OTEL_METRICS_PRODUCERS", secret, "traces"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://u:" + secret + "%zz@127.0.0.1:1", "metrics"},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "127.0.0.1:4318", "traces"},
		{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "localhost:4318", "traces"},
	} {
		t.Run(fmt.Sprintf("%s=%.40q", c.variable, c.value), func(t *testing.T) {
			t.Parallel()
			b := newHTTPBackend(t)
			program := exec.CommandContext(t.Context(), os.Args[0])
			program.Env = append(os.Environ(), childVariable+"=otel", "CHUNKSCOPE_PROGRESS=none", "OTEL_EXPORTER_OTLP_ENDPOINT="+b.URL, c.variable+"="+c.value)
			output, err := program.CombinedOutput()
			text := string(output)
			if err != nil {
				t.Errorf("the job did not run: %v\n%s", err, text)
			}
			contains(t, "the output", text, "WARN", c.variable, "fix=")
			if strings.Contains(text, secret) || strings.Contains(text, "zz") || strings.Contains(text, "panic") {
				t.Errorf("the output shows the value, or a panic:\n%s", text)
			}
			for _, signal := range []string{"traces", "metrics"} {
				if want := strings.Contains(c.arrives, signal); (b.at("/v1/"+signal) != "") != want {
					t.Errorf("%s arrived: %v, want %v\n%s", signal, !want, want, text)
				}
			}
		})
	}
}

// TestRightOTelVariables holds that the suite says nothing of variables that are
// right, and changes none.
func TestRightOTelVariables(t *testing.T) {
	dir := t.TempDir()
	certificate(t, dir)
	for _, variables := range []map[string]string{
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318/", "OTEL_RESOURCE_ATTRIBUTES": "a=b,c=d%20e", "OTEL_TRACES_SAMPLER": "ParentBased_TraceIDRatio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example/otlp", "OTEL_EXPORTER_OTLP_HEADERS": "api-key=a%20b,Authorization=Basic YTpi", "OTEL_EXPORTER_OTLP_CERTIFICATE": dir + "/server.crt"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector.example:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": dir + "/server.crt", "OTEL_EXPORTER_OTLP_CLIENT_KEY": dir + "/server.key"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector.example:443", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "unix:///run/collector.sock", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/v1/traces", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://localhost:9090/api/v1/otlp/v1/metrics"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4317", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc", "OTEL_METRICS_EXPORTER": "none"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_BSP_MAX_QUEUE_SIZE": "4096", "OTEL_BSP_SCHEDULE_DELAY": "1000", "OTEL_EXPORTER_OTLP_TIMEOUT": "0", "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT": "-1"},
		{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "not used"},
		{"OTEL_SDK_DISABLED": "True", "OTEL_EXPORTER_OTLP_ENDPOINT": "not used"},
	} {
		t.Run(variables["OTEL_EXPORTER_OTLP_ENDPOINT"], func(t *testing.T) {
			for name, value := range variables {
				t.Setenv(name, value)
			}
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			before := os.Environ()
			logger, log := newLog()
			s, err := exporters.FromEnv(t.Context(), exporters.WithLogger(logger))
			if err != nil {
				t.Fatal(err)
			}
			if text := log.String(); text != "" {
				t.Errorf("logged %s", text)
			}
			if after := os.Environ(); fmt.Sprint(before) != fmt.Sprint(after) {
				t.Error("the environment has changed")
			}
			shutDownAtOnce(s)
		})
	}
}

// shutDownAtOnce shuts a suite down without sending anything.
func shutDownAtOnce(s *exporters.Suite) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = s.Shutdown(ctx)
}

// hostileValues are values that no variable expects.
var hostileValues = []string{
	secret, "", " ", `"`, `""`, "''", `"` + secret + `"`, "-1", "0", "1", "-9223372036854775808", "9223372036854775807", "1e309", "NaN", "0x10", "٣",
	"true", ",", ",,=,", "=", "a=" + secret + "%", "%zz" + secret, "a=%00", "http://", "http://[::1", "http://u:" + secret + "@h:1/p?q#f", "//h", "h:1", ":4317", "unix:", "dns:///",
	"/dev/zero", "/dev/stdin", "/", ".", "grpc", "none", "\xff\xfe", "\x1b[31m" + secret, strings.Repeat("a=b,", 1000), strings.Repeat("9", 1000),
}

// checkHostile sets up a suite with a variable, and runs a job.
func checkHostile(t *testing.T, name, value string) {
	t.Helper()
	t.Setenv(name, value)
	logger, log := newLog()
	s, err := exporters.New(t.Context(), exporters.WithOTel(), exporters.WithLogger(logger))
	if err != nil {
		t.Fatalf("%s=%.60q: New returned %v", name, value, err)
	}
	if os.Getenv(name) != value {
		t.Errorf("%s=%.60q has changed to %.60q", name, value, os.Getenv(name))
	}
	run(t, s.Hook(), "hostile", false)
	shutDownAtOnce(s)
	if text := log.String(); strings.Contains(text, secret) || strings.Contains(text, "\x1b") {
		t.Errorf("%s=%.60q: the log shows the value: %s", name, value, text)
	}
}

// TestHostileOTelVariables gives every variable that the SDK reads every hostile
// value.
func TestHostileOTelVariables(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	for _, name := range exporters.OTelVariables() {
		t.Run(name, func(t *testing.T) {
			for _, value := range hostileValues {
				checkHostile(t, name, value)
			}
		})
	}
}

func FuzzOTelVariables(f *testing.F) {
	for i, value := range hostileValues {
		f.Add(uint8(i), value)
	}
	names := exporters.OTelVariables()
	f.Fuzz(func(t *testing.T, i uint8, value string) {
		if strings.Contains(value, "\x00") || len(value) > 1<<16 {
			t.Skip()
		}
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
		checkHostile(t, names[int(i)%len(names)], value)
	})
}
