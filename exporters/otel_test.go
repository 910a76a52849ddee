package exporters_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/exporters"
)

// TestShutdownEndsExport has a collector that never answers, and an exporter that
// waits for an hour. Shutdown ends the wait.
func TestShutdownEndsExport(t *testing.T) {
	started, canceled := make(chan struct{}), make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(started)
		<-r.Context().Done()
		close(canceled)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")
	t.Setenv("OTEL_BSP_EXPORT_TIMEOUT", "3600000")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	s := newSuite(t, exporters.WithOTel())
	run(t, s.Hook(), "stuck", false)
	<-started
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := s.Shutdown(ctx)
	<-canceled
	if err == nil {
		t.Fatal("Shutdown reports no loss")
	}
	contains(t, "the error", err.Error(), "spans lost")
}
