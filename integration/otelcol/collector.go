// Package otelcol has collector configurations that send the spans and metrics
// of Chunkscope to clouds, and runs their pipelines in a collector inside
// tests.
package otelcol

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/service/telemetry"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Collector is a running collector.
type Collector struct {
	HTTP string // the base URL of its OTLP receiver

	collector *otelcol.Collector
	ended     chan error
}

// Start starts a collector with a configuration in YAML.
func Start(t *testing.T, config string) *Collector {
	t.Helper()
	seen, logs := observer.New(zap.InfoLevel)
	ready := make(chan struct{})
	log := zap.New(seen, zap.Hooks(func(e zapcore.Entry) error {
		if e.Message == "Everything is ready. Begin running and processing data." {
			close(ready)
		}
		return nil
	}))
	c := &Collector{ended: make(chan error, 1)}
	var err error
	c.collector, err = otelcol.NewCollector(otelcol.CollectorSettings{
		Factories:               func() (otelcol.Factories, error) { return factories(log) },
		DisableGracefulShutdown: true, // signals belong to the test
		SkipSettingGRPCLogger:   true,
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs:              []string{"yaml:" + config},
			ProviderFactories: []confmap.ProviderFactory{yamlprovider.NewFactory()},
		}},
	})
	check(t, err)
	go func() { c.ended <- c.collector.Run(context.Background()) }()
	select {
	case <-ready:
	case err := <-c.ended:
		t.Fatalf("the collector refuses the configuration: %v\n%s", err, config)
	}
	for _, entry := range logs.FilterMessage("Starting HTTP server").All() {
		c.HTTP = fmt.Sprint("http://", entry.ContextMap()["endpoint"])
	}
	return c
}

// Stop exports everything and ends the collector.
func (c *Collector) Stop(t *testing.T) {
	t.Helper()
	c.collector.Shutdown()
	check(t, <-c.ended)
}

// factories are the components that configurations may use.
func factories(log *zap.Logger) (f otelcol.Factories, err error) {
	if f.Receivers, err = otelcol.MakeFactoryMap[receiver.Factory](otlpreceiver.NewFactory()); err != nil {
		return f, err
	}
	if f.Processors, err = otelcol.MakeFactoryMap[processor.Factory](batchprocessor.NewFactory(), memorylimiterprocessor.NewFactory(),
		cumulativetodeltaprocessor.NewFactory()); err != nil {
		return f, err
	}
	f.Exporters, err = otelcol.MakeFactoryMap[exporter.Factory](fileexporter.NewFactory())
	f.Telemetry = telemetry.NewFactory(func() component.Config { return nil }, telemetry.WithCreateLogger(
		func(context.Context, telemetry.LoggerSettings, component.Config) (*zap.Logger, component.ShutdownFunc, error) {
			return log, nil, nil
		}))
	return f, err
}

// withTestEndpoints returns a configuration for tests: all exporters of its
// pipelines are replaced by one that writes to a file with the name of the
// pipeline, and its receivers get free ports.
func withTestEndpoints(t *testing.T, config *confmap.Conf, dir string) map[string]any {
	t.Helper()
	all := config.ToStringMap()
	files := map[string]any{}
	pipelines := all["service"].(map[string]any)["pipelines"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(pipelines)) {
		pipeline := pipelines[name].(map[string]any)
		if pipeline["exporters"] == nil {
			t.Errorf("the pipeline %s exports nothing", name)
		}
		pipeline["exporters"] = []string{"file/" + name}
		files["file/"+name] = map[string]any{"path": filepath.Join(dir, name)}
	}
	all["exporters"] = files
	all["receivers"] = map[string]any{"otlp": map[string]any{"protocols": map[string]any{
		"grpc": map[string]any{"endpoint": "127.0.0.1:0"}, "http": map[string]any{"endpoint": "127.0.0.1:0"},
	}}}
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
