package otlp_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	_ "github.com/chunkscope/chunkscope/exporters/otlp"
	"github.com/chunkscope/chunkscope/integration/oracle/otlp"
	"github.com/chunkscope/chunkscope/promhook"
)

// TestSpansAreConserved sends many more spans than the queues hold. Those that the
// receiver got, and those that the suite's health says were dropped, are all that
// ended. The runs are among the former.
func TestSpansAreConserved(t *testing.T) {
	const jobs, chunks = 8, 500
	for protocol, endpoint := range map[string]func(*otlp.Receiver) string{
		"grpc":          func(r *otlp.Receiver) string { return "http://" + r.GRPC },
		"http/protobuf": func(r *otlp.Receiver) string { return r.HTTP },
		"gone":          func(*otlp.Receiver) string { return "http://127.0.0.1:1" },
	} {
		t.Run(protocol, func(t *testing.T) {
			receiver := otlp.Start(t)
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint(receiver))
			if protocol != "gone" {
				t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
			}
			t.Setenv("OTEL_METRICS_EXPORTER", "none")
			t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "200")
			t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
			t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "50")
			registry := prometheus.NewRegistry()
			suite, err := exporters.New(t.Context(), exporters.WithOTel(), exporters.WithLogger(slog.New(slog.DiscardHandler)),
				exporters.WithPrometheus("", promhook.WithRegisterer(registry)))
			check(t, err)
			exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(2), core.WithChunkSize(1))
			exec.Register(suite.Hook())
			for range jobs {
				check(t, core.ForEach(t.Context(), exec, make([]int, chunks), func(context.Context, int) error { return nil }))
			}
			err = suite.Shutdown(context.Background())

			arrived, ofRuns := 0, 0
			for _, traces := range receiver.Traces() {
				arrived += traces.SpanCount()
				for _, resource := range traces.ResourceSpans().All() {
					for _, scope := range resource.ScopeSpans().All() {
						for _, s := range scope.Spans().All() {
							if s.Name() == "run import" {
								ofRuns++
							}
						}
					}
				}
			}
			const made = jobs * (chunks + 1)
			delivered, dropped, pending := health(t, registry)
			if delivered != arrived || delivered+dropped != made || pending != 0 {
				t.Errorf("%d of %d spans arrived; %d delivered, %d dropped, %d pending", arrived, made, delivered, dropped, pending)
			}
			if want := fmt.Sprintf("otelhook: %d of %d spans lost: ", dropped, made); (err != nil) != (dropped > 0) || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("Shutdown returned %v, want %s", err, want)
			}
			if gone := protocol == "gone"; gone != (arrived == 0) || !gone && ofRuns != jobs {
				t.Errorf("%d spans arrived, %d of %d runs", arrived, ofRuns, jobs)
			}
		})
	}
}

// health returns what became of spans, as the metrics of the hook's health say.
func health(t *testing.T, registry *prometheus.Registry) (delivered, dropped, pending int) {
	t.Helper()
	families, err := registry.Gather()
	check(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			value := int(m.GetCounter().GetValue() + m.GetGauge().GetValue())
			for _, l := range m.GetLabel() {
				switch {
				case l.GetValue() != "otelhook":
				case f.GetName() == "chunkscope_hook_delivered_total":
					delivered += value
				case f.GetName() == "chunkscope_hook_dropped_total":
					dropped += value
				case f.GetName() == "chunkscope_hook_pending":
					pending += value
				}
			}
		}
	}
	return delivered, dropped, pending
}
