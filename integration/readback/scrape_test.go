package readback

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/integration/oracle/prom"
	"github.com/chunkscope/chunkscope/otelhook"
	"github.com/chunkscope/chunkscope/promhook"
)

var protocols = []config.ScrapeProtocol{config.PrometheusText0_0_4, config.OpenMetricsText1_0_0, config.PrometheusProto}

// query evaluates a query as of an instant.
func query(t *testing.T, s *prom.Server, at time.Time, format string, args ...any) promql.Vector {
	t.Helper()
	v, err := s.Query(t.Context(), fmt.Sprintf(format, args...), at)
	check(t, err)
	return v
}

// TestScrapesOfRunningJobs lets a server scrape jobs of every kind before, in
// the middle and at the end. It queries the server for each of these instants,
// immediately and after the end.
func TestScrapesOfRunningJobs(t *testing.T) {
	type instant struct {
		at       time.Time
		expected *Expected
	}
	for _, protocol := range protocols {
		for _, kind := range Kinds {
			t.Run(string(protocol)+"/"+kind.Name, func(t *testing.T) {
				hook, recorder := promhook.New(promhook.WithRegisterer(nil)), hooktest.NewRecorder()
				server := prom.Start(t, hook.Handler(), protocol)
				var instants []instant
				ask := func(i instant) {
					t.Helper()
					f := Facts{}
					for _, sample := range query(t, server, i.at, `{__name__=~"chunkscope_.+",job="%s"}`, prom.Job) {
						f.addSeries(sample.Metric, sample.F)
					}
					i.expected.Check(t, "Prometheus", f, Counters("failures", "sizes"))
					if up := query(t, server, i.at, `up{job="%s"}`, prom.Job); len(up) != 1 || up[0].F != 1 {
						t.Errorf("up is %v", up)
					}
				}
				look := func() {
					t.Helper()
					server.Scrape(t)
					instants = append(instants, instant{time.Now(), NewExpected(recorder)})
					ask(instants[len(instants)-1])
				}
				look()
				kind.Run(t.Context(), 8, 3, core.MultiHook(hook, recorder), look)
				look()
				for _, i := range instants {
					ask(i)
				}
			})
		}
	}
}

// TestGaugesOfARunningJob holds a run at the start of chunks, waits until it
// has reported its progress, and lets a server scrape that.
func TestGaugesOfARunningJob(t *testing.T) {
	hook, recorder := promhook.New(promhook.WithRegisterer(nil)), hooktest.NewRecorder()
	server := prom.Start(t, hook.Handler(), config.OpenMetricsText1_0_0)
	progress := make(chan core.Progress) // what the hook received before
	e := core.NewExecutor(core.WithName(Executor), core.WithWorkers(1), core.WithChunkSize(10), core.WithHeartbeat(time.Millisecond))
	ended := make(chan struct{})
	e.Register(hook, recorder, core.OnProgress(func(p core.Progress) {
		select {
		case progress <- p:
		case <-ended:
		}
	}))

	at, on := make(chan int), make(chan struct{})
	go func() {
		defer close(at)
		_ = core.ForEach(t.Context(), e, numbers(), func(_ context.Context, i int) error {
			if i == 0 || i == 30 || i == 70 {
				at <- i
				<-on
			}
			return nil
		})
	}()
	for done := range at {
		for p := <-progress; p.ItemsDone < done || p.ChunksActive == 0; {
			p = <-progress
		}
		server.Scrape(t)
		chunk := hooktest.Of[core.ChunkStart](recorder)[done/10]
		start := hooktest.Of[core.RunStart](recorder)[0]
		for expr, want := range map[string]float64{
			"runs_active": 1, "chunks_active": 1, "workers": 1, "workers_active": 1, "items_expected": items, "progress_ratio": float64(done) / items,
			"run_last_start_timestamp_seconds": unix(start.Started), "oldest_run_start_timestamp_seconds": unix(start.Started),
			"oldest_chunk_start_timestamp_seconds": unix(chunk.Started), "run_last_completion_timestamp_seconds": 0,
		} {
			if v := query(t, server, time.Now(), `chunkscope_%s{executor="%s"}`, expr, Executor); len(v) != 1 || math.Abs(v[0].F-want) > 1e-6 {
				t.Errorf("with %d items done, %s is %v, want %v", done, expr, v, want)
			}
		}
		if done == 70 {
			close(ended)
		}
		on <- struct{}{}
	}
	server.Scrape(t)
	end := hooktest.Of[core.RunEnd](recorder)[0]
	for expr, want := range map[string]float64{
		"runs_active": 0, "chunks_active": 0, "workers": 0, "workers_active": 0, "items_expected": 0, "progress_ratio": 0,
		"oldest_run_start_timestamp_seconds": 0, "oldest_chunk_start_timestamp_seconds": 0, "run_last_duration_seconds": end.Duration.Seconds(),
		"run_last_completion_timestamp_seconds": unix(end.Ended), "run_last_success_timestamp_seconds": unix(end.Ended),
	} {
		if v := query(t, server, time.Now(), `chunkscope_%s{executor="%s"}`, expr, Executor); len(v) != 1 || math.Abs(v[0].F-want) > 1e-6 {
			t.Errorf("at the end, %s is %v, want %v", expr, v, want)
		}
	}
}

func unix(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// TestHistogramsAndExemplars lets a server store classic and native histograms
// and exemplars, in the middle of runs and at their end. Every bucket must have
// its observations. Every exemplar must lead to the span of the chunk with its
// duration.
func TestHistogramsAndExemplars(t *testing.T) {
	for _, protocol := range protocols {
		t.Run(string(protocol), func(t *testing.T) {
			spans := tracetest.NewSpanRecorder()
			recorder := hooktest.NewRecorder()
			hook := promhook.New(promhook.WithRegisterer(nil), promhook.WithNativeHistograms(), promhook.WithExemplar(traceOf))
			traces := otelhook.New(otelhook.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))), otelhook.WithoutMetrics())
			server := prom.Start(t, hook.Handler(), protocol)
			look := func() {
				t.Helper()
				server.Scrape(t)
				for metric, durations := range map[string][]float64{
					"chunkscope_chunk_duration_seconds": seconds(recorder, func(e core.ChunkEnd) time.Duration { return e.Duration }),
					"chunkscope_run_duration_seconds":   seconds(recorder, func(e core.RunEnd) time.Duration { return e.Duration }),
				} {
					checkClassic(t, server, metric, durations)
					if protocol == config.PrometheusProto {
						checkNative(t, server, metric, durations)
					}
				}
			}
			Kinds[2].Run(t.Context(), 8, 3, core.MultiHook(traces, hook, recorder), look)
			look()
			if protocol != config.PrometheusText0_0_4 { // it has none
				checkExemplars(t, server, spans.Ended(), recorder)
			}
		})
	}
}

// traceOf makes an exemplar of the span that a duration belongs to.
func traceOf(ctx context.Context) prometheus.Labels {
	s := trace.SpanContextFromContext(ctx)
	return prometheus.Labels{"trace_id": s.TraceID().String(), "span_id": s.SpanID().String()}
}

// seconds are the durations of recorded events.
func seconds[E hooktest.AnyEvent](recorder *hooktest.Recorder, of func(E) time.Duration) (all []float64) {
	for _, e := range hooktest.Of[E](recorder) {
		all = append(all, of(e).Seconds())
	}
	return all
}

// within counts the durations above a lower and up to an upper bound.
func within(durations []float64, low, high float64) (n float64) {
	for _, d := range durations {
		if d > low && d <= high {
			n++
		}
	}
	return n
}

func checkClassic(t *testing.T, s *prom.Server, metric string, durations []float64) {
	t.Helper()
	buckets := query(t, s, time.Now(), `%s_bucket{executor="%s"}`, metric, Executor)
	if len(buckets) < 14 {
		t.Errorf("%s has the buckets %v", metric, buckets)
	}
	for _, b := range buckets {
		var le float64
		if _, err := fmt.Sscan(b.Metric.Get("le"), &le); err != nil {
			t.Fatal(err)
		}
		if want := within(durations, -1, le); b.F != want {
			t.Errorf("%s: %v observations up to %v s, want %v", metric, b.F, le, want)
		}
	}
}

func checkNative(t *testing.T, s *prom.Server, metric string, durations []float64) {
	t.Helper()
	found := query(t, s, time.Now(), `%s{executor="%s"}`, metric, Executor)
	if len(found) != 1 || found[0].H == nil {
		t.Fatalf("%s is no native histogram: %v", metric, found)
	}
	sum := 0.
	for _, d := range durations {
		sum += d
	}
	if h := found[0].H; h.Count != float64(len(durations)) || math.Abs(h.Sum-sum) > 1e-9*sum {
		t.Errorf("%s: %v observations of %v s, want %d of %v", metric, h.Count, h.Sum, len(durations), sum)
	}
	for it := found[0].H.AllBucketIterator(); it.Next(); {
		if b := it.At(); b.Count != within(durations, b.Lower, b.Upper) {
			t.Errorf("%s: %v observations in %v, want %v", metric, b.Count, b, within(durations, b.Lower, b.Upper))
		}
	}
	if len(durations) == 0 {
		return
	}
	median := query(t, s, time.Now(), `histogram_quantile(0.5, %s{executor="%s"})`, metric, Executor)[0].F
	if below := within(durations, -1, median*1.1) / float64(len(durations)); below < 0.5 {
		t.Errorf("%s: the median is %v, and %v %% are below 1.1 times as much", metric, median, 100*below)
	}
}

func checkExemplars(t *testing.T, s *prom.Server, ended []sdktrace.ReadOnlySpan, recorder *hooktest.Recorder) {
	t.Helper()
	chunks := map[string]core.ChunkEnd{}
	for _, e := range hooktest.Of[core.ChunkEnd](recorder) {
		chunks[fmt.Sprint(e.RunID, " ", e.Chunk)] = e
	}
	spans := map[labels.Labels]core.ChunkEnd{}
	for _, span := range ended {
		var run, chunk string
		for _, a := range span.Attributes() {
			switch a.Key {
			case "chunkscope.run.id":
				run = a.Value.AsString()
			case "chunkscope.chunk.index":
				chunk = a.Value.String()
			}
		}
		of := span.SpanContext()
		if e, ok := chunks[run+" "+chunk]; ok {
			spans[labels.FromStrings("trace_id", of.TraceID().String(), "span_id", of.SpanID().String())] = e
		}
	}
	stored := 0
	for series, exemplars := range s.Exemplars(t, "chunkscope_chunk_duration_seconds_bucket") {
		for _, e := range exemplars {
			stored++
			checkExemplar(t, series, e, spans[e.Labels])
		}
	}
	if stored == 0 {
		t.Error("no exemplar was stored")
	}
}

func checkExemplar(t *testing.T, series string, e exemplar.Exemplar, chunk core.ChunkEnd) {
	t.Helper()
	if chunk.Duration.Seconds() != e.Value || e.Value == 0 || !e.HasTs {
		t.Errorf("%s: the exemplar %v leads to chunk %d of run %q, which took %v", series, e, chunk.Chunk, chunk.RunID, chunk.Duration)
	}
}
