package exporters

import (
	"context"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// metricExporter logs what another exporter fails to export, and words its
// errors. The SDK reports them to OpenTelemetry's error handler and in Shutdown.
type metricExporter struct {
	sdkmetric.Exporter
	signal *otelSignal
	log    *failureLog
}

// newMetricReader returns the reader that the variables name.
func (c *config) newMetricReader(ctx context.Context, env *otelEnv, errs *otelErrors) (sdkmetric.Reader, error) {
	if env.metrics.exporter == "none" {
		return nil, nil
	}
	if env.metrics.exporter != "otlp" || env.value("OTEL_METRICS_PRODUCERS") != "" { // only autoexport knows the producers
		return autoexport.NewMetricReader(ctx)
	}
	var e sdkmetric.Exporter
	var err error
	if env.metrics.grpc {
		e, err = otlpmetricgrpc.New(ctx)
	} else {
		e, err = otlpmetrichttp.New(ctx)
	}
	if err != nil {
		return nil, err
	}
	return sdkmetric.NewPeriodicReader(&metricExporter{e, env.metrics, &failureLog{logger: c.logger, errors: errs}}), nil
}

// Export exports metrics.
func (e *metricExporter) Export(ctx context.Context, m *metricdata.ResourceMetrics) error {
	err := e.log.errors.failure(e.signal, e.Exporter.Export(ctx, m))
	e.log.report(err, "exporters: metrics are not exported", "exporters: metrics are exported again")
	return err
}

// Shutdown shuts the exporter down.
func (e *metricExporter) Shutdown(ctx context.Context) error {
	return e.log.errors.clean(e.Exporter.Shutdown(ctx))
}
