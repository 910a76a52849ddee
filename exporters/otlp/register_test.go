package otlp_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	_ "github.com/chunkscope/chunkscope/exporters/otlp"
)

// TestMain removes the variables that configure suites from the environment, and
// fails the package if a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "CHUNKSCOPE_") || strings.HasPrefix(name, "OTEL_") {
			_ = os.Unsetenv(name)
		}
	}
	goleak.VerifyTestMain(m)
}

// arrivals notes which requests a collector gets, as "http traces".
type arrivals struct {
	mu    sync.Mutex
	seen  map[string]bool
	proto string
}

func (a *arrivals) add(signal string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.seen == nil {
		a.seen = map[string]bool{}
	}
	a.seen[a.proto+" "+signal] = true
}

func (a *arrivals) has(what string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[what]
}

func (a *arrivals) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.seen)
}

func serveHTTP(t *testing.T) (string, *arrivals) {
	t.Helper()
	a := &arrivals{proto: "http"}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		a.add(strings.TrimPrefix(r.URL.Path, "/v1/"))
	}))
	t.Cleanup(server.Close)
	return server.URL, a
}

type traceService struct {
	tracepb.UnimplementedTraceServiceServer
	*arrivals
}

func (s traceService) Export(context.Context, *tracepb.ExportTraceServiceRequest) (*tracepb.ExportTraceServiceResponse, error) {
	s.add("traces")
	return &tracepb.ExportTraceServiceResponse{}, nil
}

type metricsService struct {
	metricspb.UnimplementedMetricsServiceServer
	*arrivals
}

func (s metricsService) Export(context.Context, *metricspb.ExportMetricsServiceRequest) (*metricspb.ExportMetricsServiceResponse, error) {
	s.add("metrics")
	return &metricspb.ExportMetricsServiceResponse{}, nil
}

func serveGRPC(t *testing.T) (string, *arrivals) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &arrivals{proto: "grpc"}
	server := grpc.NewServer()
	tracepb.RegisterTraceServiceServer(server, traceService{arrivals: a})
	metricspb.RegisterMetricsServiceServer(server, metricsService{arrivals: a})
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String(), a
}

// TestImportSendsTelemetry runs a job that the environment alone connects to a
// collector, through the exporters that the import has registered.
func TestImportSendsTelemetry(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(*testing.T) (string, *arrivals)
		env   map[string]string
		want  []string
	}{
		"default":         {serveHTTP, nil, []string{"http traces", "http metrics"}},
		"http/protobuf":   {serveHTTP, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, []string{"http traces", "http metrics"}},
		"grpc":            {serveGRPC, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, []string{"grpc traces", "grpc metrics"}},
		"grpc by signal":  {serveGRPC, map[string]string{"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "grpc"}, []string{"grpc traces", "grpc metrics"}},
		"producers":       {serveHTTP, map[string]string{"OTEL_METRICS_PRODUCERS": "prometheus"}, []string{"http traces", "http metrics"}},
		"traces only":     {serveHTTP, map[string]string{"OTEL_METRICS_EXPORTER": "none"}, []string{"http traces"}},
		"metrics only":    {serveHTTP, map[string]string{"OTEL_TRACES_EXPORTER": "none"}, []string{"http metrics"}},
		"quoted":          {serveGRPC, map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": `"grpc"`}, []string{"grpc traces", "grpc metrics"}},
		"prometheus page": {serveHTTP, map[string]string{"OTEL_METRICS_EXPORTER": "prometheus", "OTEL_EXPORTER_PROMETHEUS_PORT": "0"}, []string{"http traces"}},
	} {
		t.Run(name, func(t *testing.T) {
			url, got := c.serve(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
			t.Setenv("CHUNKSCOPE_PROGRESS", "none")
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			suite, err := exporters.FromEnv(t.Context(), exporters.WithLogger(slog.New(slog.DiscardHandler)))
			if err != nil {
				t.Fatal(err)
			}
			exec := core.NewExecutor(core.WithName("nightly"))
			exec.Register(suite.Hook())
			if err := core.ForEach(t.Context(), exec, []int{1, 2}, func(context.Context, int) error { return nil }); err != nil {
				t.Error(err)
			}
			if err := suite.Shutdown(context.Background()); err != nil {
				t.Error("Shutdown lost something:", err)
			}
			for _, want := range c.want {
				if !got.has(want) {
					t.Errorf("%s did not arrive", want)
				}
			}
			if got.count() != len(c.want) {
				t.Errorf("%d kinds of requests arrived, want %q", got.count(), c.want)
			}
		})
	}
}
