// Package otlp runs the OTLP receiver of the OpenTelemetry Collector inside a
// test, over gRPC and HTTP, and keeps what it receives. Any collector receives
// the same.
package otlp

import (
	"context"
	"slices"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Receiver is a running OTLP receiver.
type Receiver struct {
	GRPC string // its address, "127.0.0.1:41234"
	HTTP string // its base URL, "http://127.0.0.1:41235"

	traces  consumertest.TracesSink
	metrics consumertest.MetricsSink
}

// Start starts a receiver on free ports. It ends with the test.
func Start(t *testing.T) *Receiver {
	t.Helper()
	r := &Receiver{}
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	config.Protocols.GRPC.GetOrInsertDefault().NetAddr.Endpoint = "127.0.0.1:0"
	config.Protocols.HTTP.GetOrInsertDefault().ServerConfig.NetAddr.Endpoint = "127.0.0.1:0"

	// Only its log contains the ports.
	core, logs := observer.New(zap.InfoLevel)
	settings := receivertest.NewNopSettings(factory.Type())
	settings.Logger = zap.New(core)

	// Both share one receiver, because their configuration is the same.
	traces, err := factory.CreateTraces(t.Context(), settings, config, &r.traces)
	check(t, err)
	metrics, err := factory.CreateMetrics(t.Context(), settings, config, &r.metrics)
	check(t, err)
	for _, part := range []receiver.Traces{traces, metrics} {
		check(t, part.Start(context.Background(), componenttest.NewNopHost()))
		t.Cleanup(func() { check(t, part.Shutdown(context.Background())) })
	}
	r.GRPC = endpoint(t, logs, "Starting GRPC server")
	r.HTTP = "http://" + endpoint(t, logs, "Starting HTTP server")
	return r
}

// Traces returns the traces received so far, one element for each request.
func (r *Receiver) Traces() []ptrace.Traces { return slices.Clone(r.traces.AllTraces()) }

// Metrics returns the metrics received so far, one element for each request.
func (r *Receiver) Metrics() []pmetric.Metrics { return slices.Clone(r.metrics.AllMetrics()) }

func endpoint(t *testing.T, logs *observer.ObservedLogs, message string) string {
	t.Helper()
	for _, entry := range logs.FilterMessage(message).All() {
		if address, ok := entry.ContextMap()["endpoint"].(string); ok {
			return address
		}
	}
	t.Fatalf("the receiver did not log %q with its endpoint", message)
	return ""
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
