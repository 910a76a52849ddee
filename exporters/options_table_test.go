package exporters_test

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
	"github.com/chunkscope/chunkscope/loghook"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
	"github.com/chunkscope/chunkscope/statsdhook"
	"github.com/chunkscope/chunkscope/termhook"
	"github.com/chunkscope/chunkscope/uihook"
	"github.com/chunkscope/chunkscope/webhookhook"
)

// The suites of these tests have one backend, with one option of its hook.
func withProm(o promhook.Option) exporters.Option {
	return exporters.WithPrometheus("", ownRegistry(), o)
}

func withPush(o promhook.PushOption) exporters.Option {
	return exporters.WithPushgateway("http://gateway.example", o)
}

func withOTel(o otelhook.Option) exporters.Option { return exporters.WithOTel(o) }

func withStatsD(o statsdhook.Option) exporters.Option {
	return exporters.WithStatsD("127.0.0.1:8125", o)
}

func withWebhook(o webhookhook.Option) exporters.Option {
	return exporters.WithWebhook("https://chat.example/"+secret, o)
}

func withPing(o webhookhook.Option) exporters.Option {
	return exporters.WithPing("https://switch.example/"+secret, o)
}

func withTerminal(o termhook.Option) exporters.Option {
	return exporters.WithTerminal(io.Discard, o)
}

func withUI(o uihook.Option) exporters.Option {
	return exporters.Together(exporters.WithPrometheus(":0", ownRegistry()), exporters.WithUI(o))
}

func withLog(o loghook.Option) exporters.Option { return exporters.WithLogger(nil, o) }

// invalidOption is an option with an invalid value, and the part of the error
// that names both. A secret value is not named.
type invalidOption struct {
	option exporters.Option
	want   string
}

var typedNilClient = &http.Client{Transport: (*http.Transport)(nil)}

// invalidOptions are invalid values of every option that has some.
var invalidOptions = map[string][]invalidOption{
	"exporters.WithPrometheus": {
		{exporters.WithPrometheus("9090"), `exporters: WithPrometheus("9090"): the address is not`},
		{exporters.WithPrometheus("a:b:c"), `exporters: WithPrometheus("a:b:c"): the address is not`},
	},
	"exporters.WithWebConfigFile": {{exporters.WithWebConfigFile("web.yml"), `exporters: WithWebConfigFile("web.yml"): there is no server`}},
	"exporters.WithUI":            {{exporters.WithUI(), "exporters: WithUI: there is no server"}},
	"exporters.WithPushgateway":   {{exporters.WithPushgateway("ftp://gateway/" + secret), "exporters: WithPushgateway: promhook: the address of the Pushgateway has the scheme \"ftp\""}},
	"exporters.WithStatsD":        {{exporters.WithStatsD("nowhere"), `exporters: WithStatsD: statsdhook: New("nowhere"): `}},
	"exporters.WithWebhook":       {{exporters.WithWebhook("ftp://chat.example/" + secret), "exporters: WithWebhook: webhookhook: New: the URL "}},
	"exporters.WithPing":          {{exporters.WithPing("ftp://switch.example/" + secret), "exporters: WithPing: webhookhook: NewPing: the URL "}},
	"exporters.WithTerminal":      {{exporters.WithTerminal((*bytes.Buffer)(nil)), "exporters: WithTerminal: termhook: WithWriter(nil *bytes.Buffer): "}},
	"exporters.WithHooks": {
		{exporters.WithHooks((*userHook)(nil)), "exporters: WithHooks(nil *exporters_test.userHook): the hook is a typed nil"},
		{exporters.WithHooks(core.MultiHook(&userHook{}, (*userHook)(nil))), "exporters: WithHooks(nil *exporters_test.userHook): the hook is a typed nil"},
	},

	"promhook.WithRegisterer":       {{withProm(promhook.WithRegisterer((*prometheus.Registry)(nil))), "promhook: WithRegisterer(nil *prometheus.Registry): "}},
	"promhook.WithNamespace":        {{withProm(promhook.WithNamespace("a-b")), `promhook: WithNamespace("a-b"): `}},
	"promhook.WithConstLabels":      {{withProm(promhook.WithConstLabels(prometheus.Labels{"a-b": "c"})), `promhook: WithConstLabels("a-b"): `}},
	"promhook.WithChunkBuckets":     {{withProm(promhook.WithChunkBuckets([]float64{2, 1})), "promhook: WithChunkBuckets([2 1]): "}},
	"promhook.WithRunBuckets":       {{withProm(promhook.WithRunBuckets([]float64{1, math.Inf(1)})), "promhook: WithRunBuckets([1 +Inf]): "}},
	"promhook.WithExpectedInterval": {{withProm(promhook.WithExpectedInterval(-1)), "promhook: WithExpectedInterval(-1ns): "}},

	"otelhook.WithTracerProvider": {{withOTel(otelhook.WithTracerProvider((*sdktrace.TracerProvider)(nil))), "otelhook: WithTracerProvider(nil *trace.TracerProvider): "}},
	"otelhook.WithMeterProvider":  {{withOTel(otelhook.WithMeterProvider((*sdkmetric.MeterProvider)(nil))), "otelhook: WithMeterProvider(nil *metric.MeterProvider): "}},
	"otelhook.WithChunkSpans":     {{withOTel(otelhook.WithChunkSpans(99)), "otelhook: WithChunkSpans("}},
	"otelhook.WithMaxChunkSpans":  {{withOTel(otelhook.WithMaxChunkSpans(-1)), "otelhook: WithMaxChunkSpans(-1): "}},

	"statsdhook.WithPrefix":          {{withStatsD(statsdhook.WithPrefix("a..b")), `statsdhook: WithPrefix("a..b"): `}},
	"statsdhook.WithTags":            {{withStatsD(statsdhook.WithTags(map[string]string{"a b": "c"})), `statsdhook: WithTags("a b"): `}},
	"statsdhook.WithTagFormat":       {{withStatsD(statsdhook.WithTagFormat(99)), "statsdhook: WithTagFormat(99): "}},
	"statsdhook.WithSampleRate":      {{withStatsD(statsdhook.WithSampleRate(2)), "statsdhook: WithSampleRate(2): "}, {withStatsD(statsdhook.WithSampleRate(math.NaN())), "statsdhook: WithSampleRate(NaN): "}},
	"statsdhook.WithFlushInterval":   {{withStatsD(statsdhook.WithFlushInterval(0)), "statsdhook: WithFlushInterval(0s): "}},
	"statsdhook.WithMaxPacketSize":   {{withStatsD(statsdhook.WithMaxPacketSize(63)), "statsdhook: WithMaxPacketSize(63): "}},
	"statsdhook.WithResolveInterval": {{withStatsD(statsdhook.WithResolveInterval(-1)), "statsdhook: WithResolveInterval(-1ns): "}},

	"webhookhook.WithFormat":           {{withWebhook(webhookhook.WithFormat((*typedNilFormat)(nil))), "webhookhook: WithFormat(nil *exporters_test.typedNilFormat): "}},
	"webhookhook.WithEvents":           {{withWebhook(webhookhook.WithEvents("lunch")), `webhookhook: WithEvents("lunch"): `}},
	"webhookhook.WithMilestones":       {{withWebhook(webhookhook.WithMilestones(50, 100)), "webhookhook: WithMilestones(100): "}, {withPing(webhookhook.WithMilestones(50)), "webhookhook: WithMilestones: it has no effect on a ping"}},
	"webhookhook.WithProgressInterval": {{withWebhook(webhookhook.WithProgressInterval(1)), "webhookhook: WithProgressInterval(1ns): "}},
	"webhookhook.WithRepeatInterval":   {{withWebhook(webhookhook.WithRepeatInterval(-1)), "webhookhook: WithRepeatInterval(-1ns): "}},
	"webhookhook.WithHeader":           {{withPing(webhookhook.WithHeader("a b", secret)), "webhookhook: WithHeader: "}, {withWebhook(webhookhook.WithHeader("X-Token", secret+"\n")), `webhookhook: WithHeader("X-Token"): `}},
	"webhookhook.WithBearerToken":      {{withWebhook(webhookhook.WithBearerToken(secret + " ")), "webhookhook: WithBearerToken: "}},
	"webhookhook.WithSecret":           {{withWebhook(webhookhook.WithSecret(secret)), "webhookhook: WithSecret: "}},
	"webhookhook.WithHTTPClient":       {{withWebhook(webhookhook.WithHTTPClient(typedNilClient)), "webhookhook: WithHTTPClient(nil *http.Transport): "}},
	"webhookhook.WithTimeout":          {{withPing(webhookhook.WithTimeout(0)), "webhookhook: WithTimeout(0s): "}},
	"webhookhook.WithQueueSize":        {{withPing(webhookhook.WithQueueSize(0)), "webhookhook: WithQueueSize(0): "}},
	"webhookhook.WithAddressFilter": {{
		exporters.WithWebhook("https://chat.example", webhookhook.WithAddressFilter(webhookhook.PublicOnly), webhookhook.WithHTTPClient(&http.Client{})),
		"webhookhook: WithAddressFilter: it has no effect with WithHTTPClient",
	}},
	"webhookhook.WithPingMethod": {{withPing(webhookhook.WithPingMethod("PATCH")), `webhookhook: WithPingMethod("PATCH"): `}},
	"webhookhook.WithPingURLs":   {{withPing(webhookhook.WithPingURLs("ftp://switch.example/"+secret, "", "")), "webhookhook: WithPingURLs: "}, {withWebhook(webhookhook.WithPingURLs("", "", "")), "webhookhook: WithPingURLs: "}},

	"termhook.WithMode":   {{withTerminal(termhook.WithMode("loud")), `termhook: WithMode("loud"): `}, {withTerminal(termhook.WithMode(termhook.ModeTTY)), `termhook: WithMode("tty"): `}},
	"termhook.WithWriter": {{withTerminal(termhook.WithWriter((*os.File)(nil))), "termhook: WithWriter(nil *os.File): "}},

	"uihook.WithHosts": {{withUI(uihook.WithHosts("a b")), `uihook: WithHosts("a b"): `}},

	"loghook.WithProgress": {{withLog(loghook.WithProgress(-1)), "loghook: WithProgress(-1ns): "}},
}

// typedNilFormat is a format whose methods need a value.
type typedNilFormat struct{ webhookhook.Format }

// unrestrictedOptions are the options whose every value is valid, with some
// unusual values.
var unrestrictedOptions = map[string][]exporters.Option{
	"exporters.WithOTel":      {exporters.WithOTel(nil)},
	"exporters.WithoutServer": {exporters.WithoutServer()},
	"exporters.WithLogger":    {exporters.WithLogger(nil), exporters.WithLogger(slog.New((*slog.TextHandler)(nil)))},

	"promhook.WithNativeHistograms": {withProm(promhook.WithNativeHistograms())},
	"promhook.WithExemplar":         {withProm(promhook.WithExemplar(nil)), withProm(promhook.WithExemplar(func(context.Context) prometheus.Labels { return nil }))},
	"promhook.WithStatsFrom":        {withProm(promhook.WithStatsFrom(nil, (*userHook)(nil)))},
	"promhook.WithPushProcess":      {withPush(promhook.WithPushProcess("")), withPush(promhook.WithPushProcess("a/b\xff"))},
	"promhook.WithPushJob":          {withPush(promhook.WithPushJob("")), withPush(promhook.WithPushJob("a/b\xff"))},
	"promhook.WithPushClient":       {withPush(promhook.WithPushClient(nil)), withPush(promhook.WithPushClient(typedNilClient))},
	"promhook.WithPushLogger":       {withPush(promhook.WithPushLogger(nil))},

	"otelhook.WithSpanAttributes":    {withOTel(otelhook.WithSpanAttributes(attribute.String("", "")))},
	"otelhook.WithMetricAttributes":  {withOTel(otelhook.WithMetricAttributes(attribute.KeyValue{}))},
	"otelhook.WithSpanNameFormatter": {withOTel(otelhook.WithSpanNameFormatter(nil))},
	"otelhook.WithErrorMessages":     {withOTel(otelhook.WithErrorMessages())},
	"otelhook.WithoutTracing":        {withOTel(otelhook.WithoutTracing())},
	"otelhook.WithoutMetrics":        {withOTel(otelhook.WithoutMetrics())},
	"otelhook.WithStatsFrom":         {withOTel(otelhook.WithStatsFrom(nil, (*userHook)(nil)))},
	"otelhook.WithLogger":            {withOTel(otelhook.WithLogger(nil))},
	"otelhook.WithSecrets":           {withOTel(otelhook.WithSecrets()), withOTel(otelhook.WithSecrets("", "\xff", "http://%zz"))},

	"statsdhook.WithLogger": {withStatsD(statsdhook.WithLogger(nil))},

	"webhookhook.WithLinks":        {withWebhook(webhookhook.WithLinks(nil)), withWebhook(webhookhook.WithLinks(func(core.RunInfo) []webhookhook.Link { return nil }))},
	"webhookhook.WithoutErrorText": {withPing(webhookhook.WithoutErrorText())},
	"webhookhook.WithRedactor":     {withPing(webhookhook.WithRedactor(nil))},
	"webhookhook.WithPlainHTTP":    {withWebhook(webhookhook.WithPlainHTTP())},
	"webhookhook.WithLogger":       {withPing(webhookhook.WithLogger(nil))},
	// Nil keeps the default; combinations are in invalidOptions.
	"webhookhook.WithAddressFilter": {withPing(webhookhook.WithAddressFilter(nil)), withPing(webhookhook.WithAddressFilter(func(netip.Addr) error { return nil }))},

	"termhook.WithPage": {withTerminal(termhook.WithPage(nil)), withTerminal(termhook.WithPage(func() string { return "" }))},

	"uihook.WithRedactor":     {withUI(uihook.WithRedactor(nil))},
	"uihook.WithoutErrorText": {withUI(uihook.WithoutErrorText())},
	"uihook.WithStatsFrom":    {withUI(uihook.WithStatsFrom(nil, (*userHook)(nil)))},

	"loghook.WithLogger": {withLog(loghook.WithLogger(nil))},
}

// TestInvalidOptionsOfAllHooks holds that New returns an error for an invalid
// value of any option. The error names the option and the value, unless the
// value is secret. New does not panic.
func TestInvalidOptionsOfAllHooks(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "console")
	for _, name := range slices.Sorted(maps.Keys(invalidOptions)) {
		for i, c := range invalidOptions[name] {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				s, err := exporters.New(t.Context(), c.option)
				if err == nil {
					_ = s.Shutdown(t.Context())
					t.Fatal("no error")
				}
				text := err.Error()
				if !strings.HasPrefix(text, "exporters: With") || !strings.Contains(text, c.want) {
					t.Errorf("New returned %q, want %q", text, c.want)
				}
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), secret) {
					t.Errorf("the error shows a secret: %q", text)
				}
			})
		}
	}
}

// TestMistakesHaveNoEffect holds that New registers no metrics if another option
// is invalid.
func TestMistakesHaveNoEffect(t *testing.T) {
	for _, invalid := range []exporters.Option{
		exporters.WithOTel(otelhook.WithMaxChunkSpans(-1)),
		exporters.WithPushgateway("ftp://gateway"),
		exporters.WithHooks((*userHook)(nil)),
		exporters.WithStatsD("nowhere"),
		exporters.WithWebConfigFile("none.yml"),
	} {
		registry := prometheus.NewRegistry()
		s, mistake := exporters.New(t.Context(), exporters.WithPrometheus(":0", promhook.WithRegisterer(registry)), invalid)
		if mistake == nil {
			_ = s.Shutdown(t.Context())
			t.Error("no error")
		}
		if families, err := registry.Gather(); err != nil || len(families) > 0 {
			t.Errorf("after %v, the registry has %d metrics, %v", mistake, len(families), err)
		}
	}
}

// TestUnrestrictedOptions holds that New accepts unusual values of the options
// that have no invalid ones.
func TestUnrestrictedOptions(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	t.Setenv("OTEL_METRICS_EXPORTER", "none")
	for _, name := range slices.Sorted(maps.Keys(unrestrictedOptions)) {
		for i, option := range unrestrictedOptions[name] {
			t.Run(fmt.Sprint(name, i), func(t *testing.T) {
				if s, err := exporters.New(t.Context(), option); err != nil {
					t.Errorf("New returned %v", err)
				} else if err := s.Shutdown(t.Context()); err != nil {
					t.Errorf("Shutdown returned %v", err)
				}
			})
		}
	}
}

// TestEveryOptionIsInATable compares the tables with the options in the source
// of the packages.
func TestEveryOptionIsInATable(t *testing.T) {
	tables := slices.Concat(slices.Collect(maps.Keys(invalidOptions)), slices.Collect(maps.Keys(unrestrictedOptions)))
	exist := map[string]bool{}
	for _, pkg := range []string{"exporters", "promhook", "otelhook", "statsdhook", "webhookhook", "termhook", "uihook", "loghook"} {
		names := exportedOptions(t, filepath.Join("..", pkg))
		if len(names) == 0 {
			t.Errorf("package %s has no options", pkg)
		}
		for _, name := range names {
			exist[pkg+"."+name] = true
			if !slices.Contains(tables, pkg+"."+name) {
				t.Errorf("%s.%s is in no table; add invalid values to invalidOptions, or unusual ones to unrestrictedOptions", pkg, name)
			}
		}
	}
	for _, name := range tables {
		if !exist[name] {
			t.Errorf("%s does not exist", name)
		}
	}
}

// exportedOptions returns the names of the exported functions With… in a
// directory.
func exportedOptions(t *testing.T, dir string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "With") {
				names = append(names, f.Name.Name)
			}
		}
	}
	return names
}
