package otlp_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/integration/oracle/otlp"
	"github.com/chunkscope/chunkscope/otelhook"
)

// protocols returns the exporters of each protocol, with a receiver as their
// destination.
var protocols = map[string]func(*testing.T, *otlp.Receiver) (sdktrace.SpanExporter, sdkmetric.Exporter){
	"grpc": func(t *testing.T, r *otlp.Receiver) (sdktrace.SpanExporter, sdkmetric.Exporter) {
		spans, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(r.GRPC), otlptracegrpc.WithInsecure())
		check(t, err)
		metrics, err := otlpmetricgrpc.New(t.Context(), otlpmetricgrpc.WithEndpoint(r.GRPC), otlpmetricgrpc.WithInsecure())
		check(t, err)
		return spans, metrics
	},
	"http": func(t *testing.T, r *otlp.Receiver) (sdktrace.SpanExporter, sdkmetric.Exporter) {
		spans, err := otlptracehttp.New(t.Context(), otlptracehttp.WithEndpointURL(r.HTTP+"/v1/traces"))
		check(t, err)
		metrics, err := otlpmetrichttp.New(t.Context(), otlpmetrichttp.WithEndpointURL(r.HTTP+"/v1/metrics"))
		check(t, err)
		return spans, metrics
	},
}

const (
	runs  = 20
	items = 300
	size  = 7
)

// TestOtelhook sends a mix of successes, errors, panics and exits to the
// receiver, and compares what arrives with the recorded events.
func TestOtelhook(t *testing.T) {
	for protocol, export := range protocols {
		for _, workers := range []int{1, 8} {
			t.Run(fmt.Sprintf("%s/workers=%d", protocol, workers), func(t *testing.T) {
				receiver := otlp.Start(t)
				spans, metrics := export(t, receiver)
				traces := sdktrace.NewTracerProvider(sdktrace.WithBatcher(spans, sdktrace.WithBlocking()))
				meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewPeriodicReader(metrics)))
				hook := otelhook.New(otelhook.WithTracerProvider(traces), otelhook.WithMeterProvider(meters), otelhook.WithErrorMessages())
				recorder := hooktest.NewRecorder()
				exec := core.NewExecutor(core.WithName("import"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
				exec.Register(recorder, hook)

				// The spans of the caller and of the user have another scope of
				// the same provider.
				tracer := traces.Tracer("user")
				var wg sync.WaitGroup
				for seed := range uint64(runs) {
					wg.Go(func() {
						ctx, caller := tracer.Start(t.Context(), "caller")
						defer caller.End()
						_ = core.ForEach(ctx, exec, randomOutcome(seed), func(ctx context.Context, act func() error) error {
							_, user := tracer.Start(ctx, "user")
							defer user.End()
							return act()
						})
					})
				}
				wg.Wait()
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				defer cancel()
				check(t, errors.Join(hook.Shutdown(ctx), traces.Shutdown(ctx), meters.Shutdown(ctx)))

				checkTraces(t, receiver.Traces(), recorder)
				checkMetrics(t, receiver.Metrics(), recorder)
			})
		}
	}
}

type throttled struct{}

func (throttled) Error() string     { return "not \xff valid" }
func (throttled) ErrorType() string { return "throttled" }

// randomOutcome lets an item end at random; most succeed.
func randomOutcome(seed uint64) []func() error {
	random := rand.New(rand.NewPCG(seed, 0))
	acts := []func() error{
		func() error { return throttled{} },
		func() error { panic("broken") },
		func() error { runtime.Goexit(); return nil },
	}
	all := make([]func() error, items)
	for i := range all {
		all[i] = func() error { return nil }
		if n := random.IntN(40); n < len(acts) {
			all[i] = acts[n]
		}
	}
	return all
}

// errorType is the expected value for the type of a failure.
func errorType(err error) string {
	var panicked *core.PanicError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &panicked):
		return "panic"
	case errors.Is(err, core.ErrGoexit):
		return "goexit"
	}
	return "throttled"
}

// span is a received span with its scope.
type span struct {
	ptrace.Span
	scope pcommon.InstrumentationScope
}

func (s span) attr(k string) string { return text(s.Attributes(), k) }

// text returns an attribute as text, empty if it is missing.
func text(attrs pcommon.Map, k string) string {
	v, ok := attrs.Get(k)
	if !ok {
		return ""
	}
	return v.AsString()
}

func checkTraces(t *testing.T, received []ptrace.Traces, recorder *hooktest.Recorder) {
	t.Helper()
	byName, byID := map[string][]span{}, map[pcommon.SpanID]span{}
	for _, traces := range received {
		for _, resource := range traces.ResourceSpans().All() {
			for _, scope := range resource.ScopeSpans().All() {
				for _, s := range scope.Spans().All() {
					byName[s.Name()] = append(byName[s.Name()], span{s, scope.Scope()})
					byID[s.SpanID()] = span{s, scope.Scope()}
				}
			}
		}
	}
	chunks := hooktest.Of[core.ChunkEnd](recorder)
	for name, want := range map[string]int{"caller": runs, "run import": runs, "chunk import": len(chunks), "user": runs * items} {
		if got := len(byName[name]); got != want {
			t.Errorf("%d spans %q arrived, want %d", got, name, want)
		}
	}
	for name, parent := range map[string]string{"run import": "caller", "chunk import": "run import", "user": "chunk import"} {
		for _, s := range byName[name] {
			above := byID[s.ParentSpanID()]
			if above.Span == (ptrace.Span{}) || above.Name() != parent || above.TraceID() != s.TraceID() {
				t.Fatalf("a span %q is below no span %q of its trace", name, parent)
			}
			if name != "user" && (s.Kind() != ptrace.SpanKindInternal || s.Events().Len() > 0 ||
				s.scope.Name() != otelhook.ScopeName || s.scope.Version() != otelhook.Version()) {
				t.Fatalf("%q: kind %v, %d events, scope %q %q", name, s.Kind(), s.Events().Len(), s.scope.Name(), s.scope.Version())
			}
		}
	}

	arrived := map[string]span{}
	for _, s := range byName["chunk import"] {
		arrived[s.attr("chunkscope.run.id")+"/"+s.attr("chunkscope.chunk.index")] = s
	}
	for _, c := range chunks {
		s, ok := arrived[fmt.Sprintf("%s/%d", c.RunID, c.Chunk)]
		if !ok {
			t.Errorf("no span of chunk %d of run %s", c.Chunk, c.RunID)
			continue
		}
		status := ptrace.StatusCodeUnset
		if c.Err != nil {
			status = ptrace.StatusCodeError
		}
		want := fmt.Sprintln(c.Outcome, c.Offset, c.Items, c.ItemsDone, c.ItemsFailed, c.Worker, c.Attempts,
			c.Started.UnixNano(), c.Ended.UnixNano(), status, errorType(c.Err))
		got := fmt.Sprintln(s.attr("chunkscope.outcome"), s.attr("chunkscope.chunk.offset"), s.attr("chunkscope.chunk.items"),
			cmp.Or(s.attr("chunkscope.chunk.items_done"), s.attr("chunkscope.chunk.items")), cmp.Or(s.attr("chunkscope.chunk.items_failed"), "0"),
			s.attr("chunkscope.worker.index"), cmp.Or(s.attr("chunkscope.chunk.attempts"), "1"),
			int64(s.StartTimestamp()), int64(s.EndTimestamp()), s.Status().Code(), s.attr("error.type"))
		if got != want {
			t.Errorf("chunk %d arrived as\n%s, want\n%s", c.Chunk, got, want)
		}
	}
}

// checkMetrics compares the last values that arrived, because they are
// cumulative.
func checkMetrics(t *testing.T, received []pmetric.Metrics, recorder *hooktest.Recorder) {
	t.Helper()
	last := map[string]pmetric.Metric{}
	for _, metrics := range received {
		for _, resource := range metrics.ResourceMetrics().All() {
			for _, scope := range resource.ScopeMetrics().All() {
				if s := scope.Scope(); s.Name() != otelhook.ScopeName || s.Version() != otelhook.Version() || !strings.HasSuffix(scope.SchemaUrl(), "/1.43.0") {
					t.Errorf("scope %q %q, schema %q", s.Name(), s.Version(), scope.SchemaUrl())
				}
				for _, m := range scope.Metrics().All() {
					last[m.Name()] = m
				}
			}
		}
	}

	want := map[string]map[string]float64{}
	count := func(name, series string, n float64) {
		if want[name] == nil {
			want[name] = map[string]float64{}
		}
		want[name][series] += n
	}
	for _, c := range hooktest.Of[core.ChunkEnd](recorder) {
		count("chunkscope.chunk.duration", c.Outcome.String()+" "+errorType(c.Err), 1)
		count("chunkscope.chunk.size", " ", 1)
		count("chunkscope.items", "ok ", float64(c.ItemsDone-c.ItemsFailed))
	}
	for _, f := range hooktest.Of[core.ItemFailure](recorder) {
		count("chunkscope.items", f.Outcome.String()+" "+errorType(f.Err), float64(f.Items))
	}
	for _, r := range hooktest.Of[core.RunEnd](recorder) {
		count("chunkscope.run.duration", r.Outcome.String()+" "+errorType(r.Err), 1)
	}
	for _, name := range []string{"run.active", "chunk.active", "items.expected", "worker.limit", "worker.active"} {
		count("chunkscope."+name, " ", 0) // at the end
	}
	for name, series := range want {
		if got := values(last[name]); !maps.Equal(got, series) {
			t.Errorf("%s arrived as\n%v, want\n%v", name, got, series)
		}
	}

	busy := 0.
	for _, w := range hooktest.Of[core.WorkerEnd](recorder) {
		busy += w.Busy.Seconds()
	}
	if got := values(last["chunkscope.worker.busy"])[" "]; got < busy*0.999 || got > busy*1.001 {
		t.Errorf("workers were busy for %v s, want %v", got, busy)
	}
	for name, unit := range map[string]string{
		"run.duration": "s", "chunk.duration": "s", "worker.busy": "s", "items": "{item}", "chunk.size": "{item}", "run.active": "{run}",
		"chunk.active": "{chunk}", "items.expected": "{item}", "worker.limit": "{worker}", "worker.active": "{worker}", "throughput": "{item}/s",
	} {
		if got := last["chunkscope."+name].Unit(); got != unit {
			t.Errorf("%s has the unit %q, want %q", name, got, unit)
		}
	}
	for name, ends := range map[string][2]float64{"chunk.duration": {0.0001, 3600}, "run.duration": {0.1, 86400}} {
		bounds := last["chunkscope."+name].Histogram().DataPoints().At(0).ExplicitBounds().AsRaw()
		if bounds[0] != ends[0] || bounds[len(bounds)-1] != ends[1] || !slices.IsSorted(bounds) {
			t.Errorf("%s has the bounds %v, want some from %v to %v", name, bounds, ends[0], ends[1])
		}
	}
}

// values returns the points of a metric by outcome and type of error. Of
// histograms it returns the counts. All must belong to the same executor.
func values(m pmetric.Metric) map[string]float64 {
	all := map[string]float64{}
	add := func(attrs pcommon.Map, v float64) {
		series := text(attrs, "chunkscope.outcome") + " " + text(attrs, "error.type")
		if name := text(attrs, "chunkscope.executor"); name != "import" {
			series = name + ": " + series
		}
		all[series] += v
	}
	switch m.Type() {
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			add(p.Attributes(), p.DoubleValue()+float64(p.IntValue()))
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			add(p.Attributes(), float64(p.Count()))
		}
	}
	return all
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
