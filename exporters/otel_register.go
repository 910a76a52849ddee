package exporters

import (
	"context"
	"sync/atomic"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// OTLP makes the exporters that OpenTelemetry's variables name, OTLP's first of
// all. Package exporters/otlp has the implementation, so that a program links
// gRPC and protocol buffers only if it imports that package. The suite has
// checked the variables before it calls a method, and invalid ones have usable
// values during the call. A panic is survived, and costs OpenTelemetry.
type OTLP interface {
	// NewSpanExporter returns the exporter that OTEL_TRACES_EXPORTER names,
	// OTLP's by default, or nil for none.
	NewSpanExporter(ctx context.Context) (sdktrace.SpanExporter, error)

	// NewMetricReader returns the reader that OTEL_METRICS_EXPORTER names, OTLP's
	// by default, or nil for none. OTLP's reader exports with what wrap returns
	// of OTLP's exporter: the suite logs failures there.
	NewMetricReader(ctx context.Context, wrap func(sdkmetric.Exporter) sdkmetric.Exporter) (sdkmetric.Reader, error)
}

// registeredOTLP is nil until RegisterOTLP.
var registeredOTLP atomic.Pointer[OTLP]

// RegisterOTLP sets what makes OpenTelemetry's exporters for all suites made from
// now on. Package exporters/otlp calls it when it is imported, as a driver of
// database/sql registers itself. RegisterOTLP panics if o is nil or if it is
// called twice. By default suites send nothing to OpenTelemetry, and log a warning
// where they are configured to. It is safe for concurrent use.
func RegisterOTLP(o OTLP) {
	if o == nil {
		panic("exporters: RegisterOTLP(nil): the exporters are missing; give those of package exporters/otlp")
	}
	if !registeredOTLP.CompareAndSwap(nil, &o) {
		panic("exporters: RegisterOTLP is called twice; import one package that calls it")
	}
}

// notLinked is the warning where OpenTelemetry is configured and nothing can
// export for it.
const notLinked = `exporters: nothing is sent to OpenTelemetry: its exporters are not linked into the program; add import _ "github.com/chunkscope/chunkscope/exporters/otlp"`
