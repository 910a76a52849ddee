package exporters_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/chunkscope/chunkscope/internal/faultnet"
)

// spanCollector is a collector of spans in a bubble, on a network in memory. The
// exporter "fake" of OTEL_TRACES_EXPORTER sends to it, see toCollector.
type spanCollector struct {
	net *faultnet.Listener
	// answer answers a request of so many spans. It returns how many are rejected.
	answer func(w http.ResponseWriter, r *http.Request, spans []*tracepb.Span) (rejected int)

	mu    sync.Mutex
	spans []*tracepb.Span // that were not rejected
}

// toCollector makes suites send spans to the collector of a bubble, and nothing
// else.
func toCollector(t *testing.T) {
	t.Helper()
	t.Setenv("OTEL_TRACES_EXPORTER", "fake")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
}

// newSpanCollector starts a collector. It stops when the test ends.
func newSpanCollector(t *testing.T, answer func(http.ResponseWriter, *http.Request, []*tracepb.Span) int) *spanCollector {
	t.Helper()
	c := &spanCollector{net: faultnet.Listen(1), answer: answer}
	exportClient = &http.Client{Transport: &http.Transport{DialContext: c.net.Dial, DisableKeepAlives: true}}
	server := &http.Server{Handler: c, ReadHeaderTimeout: time.Hour, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	served := make(chan error)
	go func() { served <- server.Serve(c.net) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return c
}

func (c *spanCollector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var request collectorpb.ExportTraceServiceRequest
	if err != nil || proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var spans []*tracepb.Span
	for _, resource := range request.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			spans = append(spans, scope.GetSpans()...)
		}
	}
	rejected := 0
	if c.answer != nil {
		rejected = c.answer(w, r, spans)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spans = append(c.spans, spans[rejected:]...)
}

// arrived returns the spans that the collector took.
func (c *spanCollector) arrived() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.spans
}

// count returns how many of the spans that arrived match.
func (c *spanCollector) count(match func(*tracepb.Span) bool) (n int) {
	for _, s := range c.arrived() {
		if match(s) {
			n++
		}
	}
	return n
}

// respond answers a request with a partial success.
func respond(w http.ResponseWriter, rejected int, message string) {
	w.Header().Set("Content-Type", "application/x-protobuf")
	body, _ := proto.Marshal(&collectorpb.ExportTraceServiceResponse{
		PartialSuccess: &collectorpb.ExportTracePartialSuccess{RejectedSpans: int64(rejected), ErrorMessage: message},
	})
	_, _ = w.Write(body)
}

// serveHTTP starts a collector that rejects so many spans of each request of at
// least ten, and returns its URL.
func serveHTTP(t *testing.T, rejected int) string {
	t.Helper()
	server := httptest.NewServer(&spanCollector{answer: func(w http.ResponseWriter, _ *http.Request, spans []*tracepb.Span) int {
		if len(spans) < 10 {
			return 0
		}
		respond(w, rejected, "use v2")
		return rejected
	}})
	t.Cleanup(server.Close)
	return server.URL
}

// grpcCollector is serveHTTP's over gRPC.
type grpcCollector struct {
	collectorpb.UnimplementedTraceServiceServer
	rejected int
}

func (c grpcCollector) Export(_ context.Context, request *collectorpb.ExportTraceServiceRequest) (*collectorpb.ExportTraceServiceResponse, error) {
	if len(request.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()) < 10 {
		return &collectorpb.ExportTraceServiceResponse{}, nil
	}
	return &collectorpb.ExportTraceServiceResponse{
		PartialSuccess: &collectorpb.ExportTracePartialSuccess{RejectedSpans: int64(c.rejected), ErrorMessage: "use v2"},
	}, nil
}

// serveGRPC is serveHTTP over gRPC.
func serveGRPC(t *testing.T, rejected int) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	collectorpb.RegisterTraceServiceServer(server, grpcCollector{rejected: rejected})
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}
