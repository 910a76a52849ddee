package exporters_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// BenchmarkSuite compares a run that Prometheus, OpenTelemetry, StatsD and chat
// receive, with default options and spans counted to the collector's answer,
// with a run without hooks. The back ends are in the same process, and accept
// everything. There is no server, and so no page.
func BenchmarkSuite(b *testing.B) {
	accept := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer accept.Close()
	statsd, err := new(net.ListenConfig).ListenPacket(b.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = statsd.Close() }()
	b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", accept.URL)
	b.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
	suite, err := exporters.New(b.Context(), quiet(), exporters.WithPrometheus("", ownRegistry()),
		exporters.WithOTel(), exporters.WithStatsD(statsd.LocalAddr().String()), exporters.WithWebhook(accept.URL))
	if err != nil {
		b.Fatal(err)
	}

	w := paired.SpinItems()
	with := func(hooks ...core.Hook) func() {
		exec := core.NewExecutor(core.WithName("bench"), core.WithWorkers(w.Workers))
		exec.Register(hooks...)
		return func() {
			if _, err := core.Map(context.Background(), exec, w.Items, w.Do); err != nil {
				b.Error(err)
			}
		}
	}
	paired.Compare(b, paired.Options{Gate: true},
		paired.Variant{Name: "none", Run: with()},
		paired.Variant{Name: "suite", Run: with(suite.Hook()), Bar: 1.01})
	if err := suite.Shutdown(context.Background()); err != nil {
		b.Error(err)
	}
}
