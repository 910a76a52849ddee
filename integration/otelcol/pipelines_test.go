package otelcol

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"
	"go.yaml.in/yaml/v3"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/integration/readback"
	"github.com/chunkscope/chunkscope/otelhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clouds are the clouds with a configuration file.
func clouds(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.yaml")
	check(t, err)
	for _, f := range files {
		if f != "base.yaml" {
			names = append(names, f)
		}
	}
	if len(names) < 4 {
		t.Fatalf("there are only %q", names)
	}
	return names
}

// config is the merged configuration of base.yaml and the file of a cloud.
func config(t *testing.T, cloud string) *confmap.Conf {
	t.Helper()
	all := confmap.New()
	for _, name := range []string{"base.yaml", cloud} {
		text, err := fs.ReadFile(os.DirFS("."), name)
		check(t, err)
		var part map[string]any
		check(t, yaml.Unmarshal(text, &part))
		check(t, all.Merge(confmap.NewFromStringMap(part)))
	}
	return all
}

// TestPipelines runs jobs through the pipelines of each cloud. Only the
// exporters are replaced by files. The files must contain what the recorder
// has. Metrics are also exported in the middle of the runs, to check pipelines
// over several exports.
func TestPipelines(t *testing.T) {
	for _, cloud := range clouds(t) {
		for _, kind := range readback.Kinds {
			t.Run(cloud+"/"+kind.Name, func(t *testing.T) {
				dir := t.TempDir()
				text, err := json.Marshal(withTestEndpoints(t, config(t, cloud), dir)) // JSON is YAML, too
				check(t, err)
				collector := Start(t, string(text))
				recorder := hooktest.NewRecorder()
				runJob(t, kind, collector.HTTP, recorder)
				collector.Stop(t)

				expected := readback.NewExpected(recorder)
				expected.Check(t, "the file of metrics", readback.OTLPMetrics(read(t, dir, "metrics", new(pmetric.JSONUnmarshaler).UnmarshalMetrics)),
					readback.Counters("failed", "sizes"))
				expected.Check(t, "the file of traces", readback.OTLPTraces(read(t, dir, "traces", new(ptrace.JSONUnmarshaler).UnmarshalTraces)),
					readback.Reports("chunks", "sizes"))
			})
		}
	}
}

func runJob(t *testing.T, kind readback.Kind, url string, recorder core.Hook) {
	t.Helper()
	spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(url+"/v1/traces"))
	check(t, err)
	metrics, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(url+"/v1/metrics"))
	check(t, err)
	traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans, sdktrace.WithBlocking()))
	meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)))
	hook := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters))
	kind.Run(t.Context(), 8, 3, core.MultiHook(hook, recorder), func() { check(t, meters.ForceFlush(t.Context())) })
	ctx := context.Background()
	check(t, errors.Join(hook.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx)))
}

// read reads the file of a pipeline, which has one line of JSON for each batch.
func read[T any](t *testing.T, dir, pipeline string, unmarshal func([]byte) (T, error)) (all []T) {
	t.Helper()
	text, err := fs.ReadFile(os.DirFS(dir), pipeline)
	check(t, err)
	for line := range bytes.Lines(text) {
		batch, err := unmarshal(line)
		check(t, err)
		all = append(all, batch)
	}
	return all
}
