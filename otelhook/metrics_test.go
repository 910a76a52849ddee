package otelhook_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/otelhook"
)

// describeMetric describes a metric as the package comment does.
func describeMetric(m metricdata.Metrics) string {
	kind, keys := "", map[string]bool{}
	note := func(attrs attribute.Set) {
		for _, kv := range attrs.ToSlice() {
			keys[string(kv.Key)] = true
		}
	}
	sum := func(monotonic bool) string {
		if monotonic {
			return "counter"
		}
		return "up-down counter"
	}
	switch d := m.Data.(type) {
	case metricdata.Sum[int64]:
		kind = sum(d.IsMonotonic)
		for _, p := range d.DataPoints {
			note(p.Attributes)
		}
	case metricdata.Sum[float64]:
		kind = sum(d.IsMonotonic)
		for _, p := range d.DataPoints {
			note(p.Attributes)
		}
	case metricdata.Gauge[float64]:
		kind = "gauge"
		for _, p := range d.DataPoints {
			note(p.Attributes)
		}
	case metricdata.Histogram[int64]:
		kind = "histogram"
		for _, p := range d.DataPoints {
			note(p.Attributes)
		}
	case metricdata.Histogram[float64]:
		kind = "histogram"
		for _, p := range d.DataPoints {
			note(p.Attributes)
		}
	}
	return fmt.Sprintf("%s %s %s", kind, m.Unit, strings.Join(slices.Sorted(maps.Keys(keys)), " "))
}

// startActiveRun calls the hook with the events of a run that is half done.
func startActiveRun(th *testHook) context.Context {
	ctx := th.OnRunStart(context.Background(), core.RunStart{Executor: "import", Items: 100, Workers: 4, Started: noon})
	th.OnWorkerStart(ctx, core.WorkerStart{Executor: "import"})
	th.OnWorkerStart(ctx, core.WorkerStart{Executor: "import", Worker: 1})
	th.OnProgress(ctx, core.Progress{
		Executor: "import", At: time.Now(), Items: 100, ItemsDone: 50, Chunks: 5, ChunksActive: 2, Throughput: 25,
		Remaining: core.Estimate{Known: true, Expected: time.Hour},
	})
	return ctx
}

// TestMetrics checks the kind, unit and attributes of every metric, and that the
// package comment and the documentation list the same.
func TestMetrics(t *testing.T) {
	th := newTestHook(otelhook.WithStatsFrom(&failingHook{}), otelhook.WithMetricAttributes(attribute.String("region", "eu"), attribute.String("chunkscope.executor", "forged")))
	ctx := startActiveRun(th)
	th.OnItemFailure(ctx, core.ItemFailure{Executor: "import", Items: 1, Outcome: core.OutcomeError, Err: throttledError{}})
	th.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "import", Items: 10}, ItemsDone: 10, ItemsFailed: 1, Outcome: core.OutcomeError, Err: throttledError{}})
	for name := range th.collect(t) {
		if strings.HasPrefix(name, "chunkscope.remote") || name == "chunkscope.chunk.wait" || name == "chunkscope.chunk.attempts" {
			t.Errorf("%s is there before a chunk was done elsewhere", name)
		}
	}
	th.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "import", Items: 1}, ItemsDone: 1, Outcome: core.OutcomeError, Err: throttledError{}, RemoteWorker: "host"})
	th.OnFault(ctx, core.Fault{Executor: "import", Hook: "bad", Kind: core.FaultPanic})
	other := th.OnRunStart(context.Background(), core.RunStart{Executor: "import"})
	th.OnRunEnd(other, core.RunEnd{RunStart: core.RunStart{Executor: "import"}, Outcome: core.OutcomeError, Err: throttledError{}})

	const executor, failed = " chunkscope.executor region", " chunkscope.executor chunkscope.outcome error.type region"
	want := map[string]string{
		"chunkscope.run.duration":        "histogram s" + failed,
		"chunkscope.run.active":          "up-down counter {run}" + executor,
		"chunkscope.run.remaining":       "gauge s" + executor,
		"chunkscope.chunk.duration":      "histogram s" + failed,
		"chunkscope.chunk.size":          "histogram {item}" + executor,
		"chunkscope.chunk.active":        "up-down counter {chunk}" + executor,
		"chunkscope.chunk.wait":          "histogram s" + executor,
		"chunkscope.chunk.attempts":      "counter {attempt}" + executor,
		"chunkscope.remote.workers_lost": "counter {worker}" + executor,
		"chunkscope.items":               "counter {item}" + failed,
		"chunkscope.items.expected":      "up-down counter {item}" + executor,
		"chunkscope.progress":            "gauge 1" + executor,
		"chunkscope.throughput":          "gauge {item}/s" + executor,
		"chunkscope.worker.limit":        "up-down counter {worker}" + executor,
		"chunkscope.worker.active":       "up-down counter {worker}" + executor,
		"chunkscope.worker.busy":         "counter s" + executor,
		"chunkscope.hook.faults":         "counter {fault} chunkscope.executor chunkscope.hook region",
		"chunkscope.hook.delivered":      "counter {message} chunkscope.hook region",
		"chunkscope.hook.dropped":        "counter {message} chunkscope.hook chunkscope.reason region",
		"chunkscope.hook.errors":         "counter {error} chunkscope.hook region",
		"chunkscope.hook.pending":        "up-down counter {message} chunkscope.hook region",
	}
	got := map[string]string{}
	for name, m := range th.collect(t) {
		if isTested(name) {
			continue
		}
		got[name] = describeMetric(m)
		if m.Description == "" {
			t.Errorf("%s has no description", name)
		}
		for attrs := range values(m) {
			if strings.Contains(attrs, "forged") {
				t.Errorf("%s: the executor's name is forged: %s", name, attrs)
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	for file, row := range map[string]string{
		"otelhook/doc.go":       `(?m)^//\t(chunkscope\.\S+) +([a-z -]+?)  +(\S+)`,
		"docs/opentelemetry.md": "(?m)^\\| `(chunkscope\\.\\S+)` \\| ([a-z -]+) \\| `(\\S+)` \\|",
	} {
		listed := map[string]string{}
		for _, m := range regexp.MustCompile(row).FindAllStringSubmatch(readFile(t, file), -1) {
			listed[m[1]] = m[2] + " " + m[3]
		}
		for name, w := range want {
			if shape, _, _ := strings.Cut(w, " chunkscope."); listed[name] != shape {
				t.Errorf("%s lists %s as %q, it is %q", file, name, listed[name], shape)
			}
		}
		if len(listed) != len(want) {
			t.Errorf("%s lists %d metrics, there are %d", file, len(listed), len(want))
		}
	}
}

func TestValues(t *testing.T) {
	th := newTestHook(otelhook.WithStatsFrom(&failingHook{}, nil, &failingHook{}))
	ctx := startActiveRun(th)
	all := th.collect(t)
	want := map[string]map[string]float64{
		"chunkscope.run.active":     {"chunkscope.executor=import": 1},
		"chunkscope.chunk.active":   {"chunkscope.executor=import": 2},
		"chunkscope.items.expected": {"chunkscope.executor=import": 100},
		"chunkscope.progress":       {"chunkscope.executor=import": 0.5},
		"chunkscope.throughput":     {"chunkscope.executor=import": 25},
		"chunkscope.worker.limit":   {"chunkscope.executor=import": 4},
		"chunkscope.worker.active":  {"chunkscope.executor=import": 2},
		"chunkscope.worker.busy":    {"chunkscope.executor=import": 0},                       // from the start
		"chunkscope.items":          {"chunkscope.executor=import,chunkscope.outcome=ok": 0}, // likewise
		"chunkscope.hook.delivered": {"chunkscope.hook=failing": 8, "chunkscope.hook=otelhook": 0},
		"chunkscope.hook.dropped":   {"chunkscope.hook=failing,chunkscope.reason=closed": 2, "chunkscope.hook=failing,chunkscope.reason=queue_full": 4},
		"chunkscope.hook.errors":    {"chunkscope.hook=failing": 14, "chunkscope.hook=otelhook": 0},
		"chunkscope.hook.pending":   {"chunkscope.hook=failing": 6, "chunkscope.hook=otelhook": 0},
	}
	for name, wantValues := range want {
		if got := values(all[name]); !maps.Equal(got, wantValues) {
			t.Errorf("%s %v, want %v", name, got, wantValues)
		}
	}
	if remaining := values(all["chunkscope.run.remaining"])["chunkscope.executor=import"]; remaining <= 3500 || remaining > 3600 {
		t.Errorf("%v s remain, want just below 3600", remaining)
	}

	for _, took := range []time.Duration{1500 * time.Millisecond, time.Second, -time.Hour} {
		th.OnChunkEnd(ctx, core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "import"}, Duration: took, Outcome: core.OutcomeOK})
	}
	th.OnWorkerEnd(ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Executor: "import"}})
	th.OnWorkerEnd(ctx, core.WorkerEnd{WorkerStart: core.WorkerStart{Executor: "import"}})
	th.OnRunEnd(ctx, core.RunEnd{RunStart: core.RunStart{Executor: "import"}, Duration: 2 * time.Second, Outcome: core.OutcomeOK})
	all = th.collect(t)
	for name, want := range map[string]string{
		"chunkscope.run.active": "0", "chunkscope.chunk.active": "0", "chunkscope.items.expected": "0", "chunkscope.worker.limit": "0",
		"chunkscope.worker.active": "0", "chunkscope.throughput": "0", "chunkscope.worker.busy": "2.5",
	} {
		if got := fmt.Sprint(values(all[name])["chunkscope.executor=import"]); got != want {
			t.Errorf("after the run %s is %s, want %s", name, got, want)
		}
	}
	for _, name := range []string{"chunkscope.progress", "chunkscope.run.remaining"} {
		if got := values(all[name]); len(got) > 0 {
			t.Errorf("after the run %s is %v, want nothing", name, got)
		}
	}
}

func TestBuckets(t *testing.T) {
	th := newTestHook()
	_ = core.ForEach(t.Context(), th.executor(), []int{1}, func(context.Context, int) error { return nil })
	all := th.collect(t)
	bounds := func(name string) []float64 {
		switch d := all[name].Data.(type) {
		case metricdata.Histogram[float64]:
			return d.DataPoints[0].Bounds
		case metricdata.Histogram[int64]:
			return d.DataPoints[0].Bounds
		}
		return nil
	}
	for name, want := range map[string][]float64{
		"chunkscope.run.duration": ladder.Run(), "chunkscope.chunk.duration": ladder.Chunk(), "chunkscope.chunk.size": ladder.ChunkSize(),
	} {
		if got := bounds(name); len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s has the bounds %v, want %v", name, got, want)
		}
	}
}

// TestSeriesAreBounded checks that names and errors make a bounded number of
// series.
func TestSeriesAreBounded(t *testing.T) {
	th := newTestHook(otelhook.WithoutTracing())
	for i := range 250 {
		th.OnRunEnd(context.Background(), core.RunEnd{RunStart: core.RunStart{Executor: fmt.Sprint("executor ", i)}, Outcome: core.OutcomeOK})
	}
	all := values(th.collect(t)["chunkscope.run.duration"])
	if n := all["chunkscope.executor=_other,chunkscope.outcome=ok"]; len(all) != 201 || n != 50 {
		t.Errorf("%d series of executors, %v runs in _other; want 201 and 50", len(all), n)
	}
	for i := range 50 {
		th.OnItemFailure(context.Background(), core.ItemFailure{Executor: "executor 0", Items: 2, Outcome: core.OutcomeError, Err: numberedError(i)})
	}
	all = values(th.collect(t)["chunkscope.items"])
	if n := all["chunkscope.executor=executor 0,chunkscope.outcome=error,error.type=_other"]; len(all) != 33 || n != 36 {
		t.Errorf("%d series of errors, %v items in _other; want 33 and 36", len(all), n)
	}
}

type numberedError int

func (n numberedError) Error() string     { return "numbered" }
func (n numberedError) ErrorType() string { return fmt.Sprint("type ", int(n)) }

// TestExemplars checks that exemplars lead to the spans of the chunk and the run.
func TestExemplars(t *testing.T) {
	th := newTestHook(otelhook.WithChunkSpans(otelhook.Linked))
	_ = core.ForEach(t.Context(), th.executor(), []int{1}, func(context.Context, int) error { return nil })
	chunk, run := th.one(t, "chunk import").SpanContext, th.one(t, "run import").SpanContext
	all := th.collect(t)
	for name, want := range map[string]struct{ trace, span string }{
		"chunkscope.chunk.duration": {chunk.TraceID().String(), chunk.SpanID().String()},
		"chunkscope.run.duration":   {run.TraceID().String(), run.SpanID().String()},
	} {
		exemplars := all[name].Data.(metricdata.Histogram[float64]).DataPoints[0].Exemplars
		if len(exemplars) != 1 || fmt.Sprintf("%x", exemplars[0].TraceID) != want.trace || fmt.Sprintf("%x", exemplars[0].SpanID) != want.span {
			t.Errorf("%s: exemplars %v, want %v", name, exemplars, want)
		}
	}
}
