package exporters_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// otlpImport is the line that links OpenTelemetry's exporters.
const otlpImport = `import _ "github.com/chunkscope/chunkscope/exporters/otlp"`

// runUnlinkedChild runs a job in a program without OpenTelemetry's exporters.
func runUnlinkedChild() {
	var opts []exporters.Option
	if len(os.Args) > 1 && os.Args[1] == "WithOTel" {
		opts = append(opts, exporters.WithOTel())
	}
	s, err := exporters.FromEnv(context.Background(), opts...)
	if err != nil {
		panic(err)
	}
	exec := core.NewExecutor()
	exec.Register(s.Hook())
	if err := core.ForEach(context.Background(), exec, []int{1, 2}, func(context.Context, int) error { return nil }); err != nil {
		panic(err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		panic(err)
	}
}

// TestOTLPIsNotLinked runs programs that do not import package exporters/otlp.
// Where OpenTelemetry is configured, one warning contains the import.
func TestOTLPIsNotLinked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env, args []string
		setting   string // empty for no warning
	}{
		"nothing":          {},
		"endpoint":         {env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"}, setting: "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"traces endpoint":  {env: []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=" + secret}, setting: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"},
		"metrics endpoint": {env: []string{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:1"}, setting: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"},
		"console":          {env: []string{"OTEL_TRACES_EXPORTER=console"}, setting: "OTEL_TRACES_EXPORTER"},
		"option":           {args: []string{"WithOTel"}, setting: "WithOTel"},
		"wrong values too": {env: []string{"OTEL_EXPORTER_OTLP_ENDPOINT=:" + secret, "OTEL_BSP_MAX_QUEUE_SIZE=-1"}, setting: "OTEL_EXPORTER_OTLP_ENDPOINT"},
		"none":             {env: []string{"OTEL_TRACES_EXPORTER=none", "OTEL_METRICS_EXPORTER=none"}},
		"disabled":         {env: []string{"OTEL_SDK_DISABLED=true", "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"}},
		"service name":     {env: []string{"OTEL_SERVICE_NAME=nightly"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := exec.CommandContext(t.Context(), os.Args[0], c.args...)
			program.Env = append(os.Environ(), append([]string{childVariable + "=unlinked", "CHUNKSCOPE_PROGRESS=none"}, c.env...)...)
			output, err := program.CombinedOutput()
			text := string(output)
			if err != nil {
				t.Fatalf("the job did not run: %v\n%s", err, text)
			}
			warnings := 0
			if c.setting != "" {
				warnings = 1
				contains(t, "the warning", text, "WARN", otlpImport, "setting="+c.setting)
			}
			if strings.Count(text, "\n") != warnings || strings.Contains(text, secret) {
				t.Errorf("%d warnings wanted, without a value:\n%s", warnings, text)
			}
		})
	}
}

// TestOTLPIsRegisteredOnce gives RegisterOTLP what it refuses.
func TestOTLPIsRegisteredOnce(t *testing.T) {
	for name, o := range map[string]exporters.OTLP{"nil": nil, "second": realOTLP{}} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("RegisterOTLP did not panic")
				}
			}()
			exporters.RegisterOTLP(o)
		})
	}
}

// TestNoOTLPIsLinked lists what a program with package exporters is built from.
func TestNoOTLPIsLinked(t *testing.T) {
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", ".")
	list.Env = append(os.Environ(), "GOFLAGS=")
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(output))
	if len(deps) < 100 {
		t.Fatalf("go list returned only %q", deps)
	}
	for _, dep := range deps {
		for _, forbidden := range []string{"go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/contrib", "go.opentelemetry.io/proto", "google.golang.org/grpc", "google.golang.org/genproto"} {
			if strings.HasPrefix(dep, forbidden) {
				t.Errorf("exporters is built with %s; what needs it belongs in exporters/otlp", dep)
			}
		}
	}
}
