package exporters_test

import (
	"net/http"
	"testing"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/otelhook"
)

// TestHealthOfSpans reads in Prometheus and in OpenTelemetry what became of the
// spans, with a collector that refuses all of them.
func TestHealthOfSpans(t *testing.T) {
	refusing := newHTTPBackend(t)
	refusing.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", refusing.URL)
	t.Setenv("OTEL_METRICS_EXPORTER", "manual")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "1")
	manualReader = sdkmetric.NewManualReader()
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithOTel(), quiet())
	run(t, s.Hook(), "health", false) // no queue has room for 6 spans
	var data metricdata.ResourceMetrics
	if err := manualReader.Collect(t.Context(), &data); err != nil {
		t.Fatal(err)
	}
	exported := map[string]bool{}
	for _, m := range data.ScopeMetrics[0].Metrics {
		sum, _ := m.Data.(metricdata.Sum[int64])
		for _, p := range sum.DataPoints {
			hook, _ := p.Attributes.Value("chunkscope.hook")
			reason, _ := p.Attributes.Value("chunkscope.reason")
			exported[m.Name+" "+hook.AsString()+" "+reason.AsString()] = true
		}
	}
	for _, want := range []string{"chunkscope.hook.delivered otelhook ", "chunkscope.hook.pending otelhook ", "chunkscope.hook.dropped otelhook queue_full"} {
		if !exported[want] {
			t.Errorf("OpenTelemetry lacks %q: %v", want, exported)
		}
	}
	client := &http.Client{}
	defer client.CloseIdleConnections()
	_, text := get(t, client, "http://"+s.Addr()+"/metrics")
	contains(t, "the scrape", text,
		`chunkscope_hook_delivered_total{hook="otelhook"} 0`, `chunkscope_hook_pending{hook="otelhook"} `,
		`chunkscope_hook_dropped_total{hook="otelhook",reason="queue_full"} `)
}

// TestHealthOfUserSpans holds that an otelhook with providers of the program's own
// counts its spans as delivered to them.
func TestHealthOfUserSpans(t *testing.T) {
	own := otelhook.New(otelhook.WithTracerProvider(sdktrace.NewTracerProvider()), otelhook.WithoutMetrics())
	s := newSuite(t, exporters.WithPrometheus(":0", ownRegistry()), exporters.WithHooks(own))
	run(t, s.Hook(), "own", false)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	_, text := get(t, client, "http://"+s.Addr()+"/metrics")
	contains(t, "the scrape", text, `chunkscope_hook_delivered_total{hook="otelhook"} 6`)
}
