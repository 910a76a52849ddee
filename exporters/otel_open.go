package exporters

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// openTelemetry opens the providers that OpenTelemetry's variables configure. It
// returns nil if all are switched off, and an error only if ctx has ended: what is
// wrong with the variables is logged, and costs what cannot be sent because of it.
func (c *config) openTelemetry(ctx context.Context) (p *providers, err error) {
	if c.otel == nil {
		return nil, nil
	}
	env := readOTelEnv(os.Getenv)
	if env.disabled {
		return nil, nil
	}
	otlp := registeredOTLP.Load()
	if otlp == nil {
		if env.value("OTEL_TRACES_EXPORTER") != "none" || env.value("OTEL_METRICS_EXPORTER") != "none" {
			logTo(c.logger, slog.LevelWarn, notLinked, "setting", c.otel.setting.name)
		}
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, c.otel.setting.wrap(fmt.Errorf("the context has ended: %w", context.Cause(ctx)))
	}
	errs := newOTelErrors(env.secrets())
	sdkErrors.use(&failureLog{logger: c.logger, errors: errs})
	env.during(func() {
		defer func() {
			if v := recover(); v != nil {
				p = nil
				env.warn("OTEL_SDK_DISABLED", "OpenTelemetry's SDK panicked, and nothing is sent: "+errs.text(fmt.Errorf("%v", v)), "set it to true until its other variables are right")
			}
		}()
		p = c.openProviders(ctx, *otlp, env, errs)
	})
	for _, w := range env.warnings {
		logTo(c.logger, slog.LevelWarn, "exporters: a variable of OpenTelemetry's is wrong", "variable", w.variable, "problem", w.problem, "fix", w.fix)
	}
	return p, nil
}

// newSpanExporter returns the exporter that the variables name, nil for none.
func (e *otelEnv) newSpanExporter(ctx context.Context, otlp OTLP) (sdktrace.SpanExporter, error) {
	if e.traces.exporter == "none" {
		return nil, nil
	}
	return otlp.NewSpanExporter(ctx)
}

// cannotSend warns that the exporter of a signal cannot be made.
func (e *otelEnv) cannotSend(s *otelSignal, errs *otelErrors, err error) {
	var names []string
	switch s.exporter {
	case "otlp":
		for _, v := range otelVariables {
			if s.reads(v.name) && e.value(v.name) != "" {
				names = append(names, v.name)
			}
		}
	case "prometheus":
		names, err = []string{"OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT"}, networkReason(err)
	}
	if s == e.metrics && e.value("OTEL_METRICS_PRODUCERS") != "" {
		names = []string{"OTEL_METRICS_PRODUCERS", "OTEL_METRICS_EXPORTER"} // the error does not say which
	}
	if len(names) == 0 {
		names = []string{"OTEL_" + strings.ToUpper(s.name) + "_EXPORTER"}
	}
	e.warn(strings.Join(names, ", "), "no "+s.name+" are sent: "+errs.clean(err).Error(), "correct or unset one of them")
}
