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

// TestExportUnderWayIsEnded has a collector never answer, and an exporter that
// would wait for an hour: after Shutdown it does no longer.
func TestExportUnderWayIsEnded(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(began)
		<-r.Context().Done()
		close(ended)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600000")
	t.Setenv("OTEL_BSP_EXPORT_TIMEOUT", "3600000")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	s := newSuite(t, exporters.WithOTel())
	run(t, s.Hook(), "stuck", false)
	<-began
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err := s.Shutdown(ctx)
	<-ended
	if err == nil {
		t.Fatal("nothing is said to be lost")
	}
	contains(t, "the error", err.Error(), "otelhook: flush of traces: context deadline exceeded")
}
