package exporters_test

// The exporters of package exporters/otlp, which belongs to a module that
// requires this one. So tests of what becomes of spans use real ones.
import (
	"cmp"
	"context"
	"os"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/exporters"
)

// realOTLP makes the exporters that the environment names.
type realOTLP struct{}

var _ exporters.OTLP = realOTLP{}

// NewSpanExporter returns the exporter that OTEL_TRACES_EXPORTER names.
func (realOTLP) NewSpanExporter(ctx context.Context) (sdktrace.SpanExporter, error) {
	e, err := autoexport.NewSpanExporter(ctx)
	if err != nil || autoexport.IsNoneSpanExporter(e) {
		return nil, err
	}
	return e, nil
}

// NewMetricReader returns the reader that OTEL_METRICS_EXPORTER names. Only
// autoexport knows the producers of OTEL_METRICS_PRODUCERS, and it does not take
// another exporter in place of OTLP's.
func (realOTLP) NewMetricReader(ctx context.Context, wrap func(sdkmetric.Exporter) sdkmetric.Exporter) (sdkmetric.Reader, error) {
	if name := os.Getenv("OTEL_METRICS_EXPORTER"); name != "" && name != "otlp" || os.Getenv("OTEL_METRICS_PRODUCERS") != "" {
		r, err := autoexport.NewMetricReader(ctx)
		if err != nil || autoexport.IsNoneMetricReader(r) {
			return nil, err
		}
		return r, nil
	}
	var e sdkmetric.Exporter
	var err error
	if cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL")) == "grpc" {
		e, err = otlpmetricgrpc.New(ctx)
	} else {
		e, err = otlpmetrichttp.New(ctx)
	}
	if err != nil {
		return nil, err
	}
	return sdkmetric.NewPeriodicReader(wrap(e)), nil
}
