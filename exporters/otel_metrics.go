package exporters

import (
	"context"

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

// newMetricReader returns the reader that the variables name, nil for none.
func (c *config) newMetricReader(ctx context.Context, otlp OTLP, env *otelEnv, errs *otelErrors) (sdkmetric.Reader, error) {
	if env.metrics.exporter == "none" {
		return nil, nil
	}
	return otlp.NewMetricReader(ctx, func(e sdkmetric.Exporter) sdkmetric.Exporter {
		return &metricExporter{e, env.metrics, &failureLog{logger: c.logger, errors: errs}}
	})
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
