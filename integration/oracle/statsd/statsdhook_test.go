package statsd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/integration/oracle/statsd"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// formats are the tag formats, and the labels that WithTags must lead to.
var formats = []struct {
	name   string
	format statsdhook.TagFormat
	tags   map[string]string
	labels string
}{
	{"DogStatsD", statsdhook.DogStatsD, map[string]string{"env": "test"}, `env="test",`},
	{"Influx", statsdhook.Influx, map[string]string{"env": "test"}, `env="test",`},
	{"Graphite", statsdhook.Graphite, nil, ""},
	{"InName", statsdhook.InName, nil, ""},
}

func mapping(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../../../docs/statsd_mapping.yml")
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

func newServer(tb testing.TB, mapping string) *statsd.Server {
	tb.Helper()
	s, err := statsd.New(mapping)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func settle(t *testing.T, s *statsd.Server) {
	t.Helper()
	if err := s.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func read(tb testing.TB, s *statsd.Server) statsd.Metrics {
	tb.Helper()
	m, err := s.Read()
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// tested is a counter of the program's own. It has no unit, which the statsd_exporter
// could not know.
var tested = core.NewCounter("tested", "", "Something.")

// work fails in every way in which items can fail.
func work(ctx context.Context, i int) (int, error) {
	tested.Add(ctx, int64(i))
	switch i % 40 {
	case 7:
		return 0, errors.New("wrong")
	case 17:
		_, err := os.Stat(filepath.Join(os.TempDir(), "no", "such", "file"))
		return 0, err
	case 27:
		panic("oh no")
	case 37:
		runtime.Goexit()
	}
	return i, nil
}

// jobs runs several executors at once.
func jobs(hooks ...core.Hook) {
	items := make([]int, 200)
	for i := range items {
		items[i] = i
	}
	var running sync.WaitGroup
	for name, opts := range map[string][]core.Option{
		"import orders": {core.WithContinueOnError(), core.WithChunkSize(3)}, // a space in the name
		"strict":        {core.WithChunkSize(5)},
	} {
		running.Go(func() {
			e := core.NewExecutor(append(opts, core.WithName(name), core.WithWorkers(3))...)
			e.Register(hooks...)
			for range 2 {
				_, _ = core.Map(context.Background(), e, items, work)
			}
		})
	}
	running.Go(func() {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		e := core.NewExecutor(core.WithName("canceled"), core.WithWorkers(2))
		e.Register(hooks...)
		_ = core.ForEach(ctx, e, items, func(ctx context.Context, i int) error {
			if i == 100 {
				cancel()
			}
			return ctx.Err()
		})
	})
	running.Go(func() {
		e := core.NewExecutor(core.WithName("far"), core.WithWorkers(2), core.WithChunkSize(10))
		e.Register(hooks...)
		_ = core.ForEachChunk(context.Background(), e, items, func(ctx context.Context, in []int) error {
			remote.Waiting(ctx)
			remote.Started(ctx)
			remote.Report(ctx, remote.Result{Worker: "host", Attempts: 1 + in[0]%3, Lost: 1})
			return nil
		})
	})
	running.Wait()
}

// expectedMetrics are the metrics that must follow from recorded events.
type expectedMetrics struct {
	counters map[string]float64
	seconds  map[string]float64
	counts   map[string]uint64
}

// newExpectedMetrics computes the expected metrics from a recorder, with the
// labels of all series.
func newExpectedMetrics(rec *hooktest.Recorder, labels string) expectedMetrics {
	l := expectedMetrics{counters: map[string]float64{}, seconds: map[string]float64{}, counts: map[string]uint64{}}
	add := func(n int, name, executor, key, value string) {
		executor = strings.ReplaceAll(executor, " ", "_")
		l.counters[fmt.Sprintf(`chunkscope_%s_total{%sexecutor=%q,%s=%q}`, name, labels, executor, key, value)] += float64(n)
	}
	took := func(d time.Duration, name, executor string) {
		series := fmt.Sprintf(`chunkscope_%s_seconds{%sexecutor=%q}`, name, labels, strings.ReplaceAll(executor, " ", "_"))
		l.seconds[series] += d.Seconds()
		l.counts[series]++
	}
	custom := func(name, executor string, n int64) {
		l.counters[fmt.Sprintf(`chunkscope_%s_total{%sexecutor=%q}`, name, labels, strings.ReplaceAll(executor, " ", "_"))] += float64(n)
	}
	for _, e := range hooktest.Of[core.RunEnd](rec) {
		custom(tested.Name(), e.Executor, 0)
		for _, v := range e.Custom {
			custom(v.Name, e.Executor, v.Value)
		}
		for _, o := range []core.Outcome{core.OutcomeOK, core.OutcomePartial, core.OutcomeCanceled, core.OutcomeError, core.OutcomePanic} { // exported from the start
			add(0, "runs", e.Executor, "outcome", o.String())
			if o == core.OutcomePartial {
				continue // of runs only
			}
			add(0, "chunks", e.Executor, "outcome", o.String())
			if o != core.OutcomeCanceled {
				add(0, "items", e.Executor, "outcome", o.String())
			}
		}
		add(1, "runs", e.Executor, "outcome", e.Outcome.String())
		took(e.Duration, "run_duration", e.Executor)
	}
	for _, e := range hooktest.Of[core.WorkerEnd](rec) {
		took(e.Busy, "worker_busy", e.Executor)
	}
	for _, e := range hooktest.Of[core.ChunkEnd](rec) {
		add(1, "chunks", e.Executor, "outcome", e.Outcome.String())
		add(e.ItemsDone-e.ItemsFailed, "items", e.Executor, "outcome", "ok")
		took(e.Duration, "chunk_duration", e.Executor)
		if e.Remote() {
			took(e.Waited, "chunk_wait", e.Executor)
			custom("chunk_attempts", e.Executor, int64(e.Attempts))
			custom("remote_workers_lost", e.Executor, int64(e.WorkersLost))
		}
	}
	for _, e := range hooktest.Of[core.ItemFailure](rec) {
		add(e.Items, "items", e.Executor, "outcome", e.Outcome.String())
		kind := "errors.errorString"
		var path *fs.PathError
		switch {
		case errors.Is(e.Err, core.ErrGoexit):
			kind = "goexit"
		case e.Outcome == core.OutcomePanic:
			kind = "panic"
		case errors.As(e.Err, &path):
			kind = "fs.PathError"
		case errors.Is(e.Err, context.Canceled):
			kind = "canceled"
		}
		add(1, "errors", e.Executor, "type", kind)
	}
	return l
}

// TestEveryFormat runs a job over a unix socket and over UDP. The
// statsd_exporter reads it with our mapping.
func TestEveryFormat(t *testing.T) {
	for _, f := range formats {
		for _, network := range []string{"unixgram", "udp"} {
			t.Run(f.name+" "+network, func(t *testing.T) {
				s, rec := newServer(t, mapping(t)), hooktest.NewRecorder()
				addr := "unixgram://" + filepath.Join(t.TempDir(), "s")
				err := s.ListenUnixgram(strings.TrimPrefix(addr, "unixgram://"))
				if network == "udp" {
					addr, err = s.ListenUDP()
				}
				if err != nil {
					t.Fatal(err)
				}
				h, err := statsdhook.New(addr, statsdhook.WithTagFormat(f.format), statsdhook.WithTags(f.tags))
				if err != nil {
					t.Fatal(err)
				}
				jobs(h, rec)
				if err := h.Shutdown(t.Context()); err != nil {
					t.Fatal(err)
				}
				stats := h.Stats()
				settle(t, s)
				if got := s.Lines(); got != stats.Produced {
					t.Fatalf("%d of %d lines arrived, stats %+v", got, stats.Produced, stats)
				}
				compare(t, read(t, s), newExpectedMetrics(rec, f.labels), f.format)
			})
		}
	}
}

func compare(t *testing.T, got statsd.Metrics, want expectedMetrics, format statsdhook.TagFormat) {
	t.Helper()
	if len(got.Problems) > 0 {
		t.Errorf("the exporter could not parse: %v", got.Problems)
	}
	if format == statsdhook.InName || format == statsdhook.Graphite { // dots in a type would become levels
		for series, n := range want.counters {
			if strings.Contains(series, "type=") && format == statsdhook.InName {
				delete(want.counters, series)
				want.counters[strings.NewReplacer("fs.", "fs_", "errors.e", "errors_e").Replace(series)] = n
			}
		}
	}
	if !maps.Equal(got.Counters, want.counters) {
		for _, series := range slices.Sorted(maps.Keys(want.counters)) {
			if got.Counters[series] != want.counters[series] {
				t.Errorf("%s is %v, want %v", series, got.Counters[series], want.counters[series])
			}
		}
		t.Errorf("counters are\n%v, want\n%v", slices.Sorted(maps.Keys(got.Counters)), slices.Sorted(maps.Keys(want.counters)))
	}
	if len(got.Timers) != len(want.counts) {
		t.Errorf("timers are\n%v, want\n%v", slices.Sorted(maps.Keys(got.Timers)), slices.Sorted(maps.Keys(want.counts)))
	}
	for series, count := range want.counts {
		timer := got.Timers[series]
		if timer.Count != count || math.Abs(timer.Sum-want.seconds[series]) > 1e-8*float64(count) {
			t.Errorf("%s is %d in %v s, want %d in %v s", series, timer.Count, timer.Sum, count, want.seconds[series])
		}
		first := map[bool]float64{true: 0.0001, false: 0.1}[strings.Contains(series, "chunk_")]
		if len(timer.Buckets) < 13 || timer.Buckets[0] != first {
			t.Errorf("%s has the buckets %v", series, timer.Buckets)
		}
	}
	names := map[string]bool{}
	for series, v := range got.Gauges {
		name, _, _ := strings.Cut(series, "{")
		names[name] = true
		if v != 0 && name != "chunkscope_chunk_size_items" {
			t.Errorf("%s is %v after the run", series, v)
		}
	}
	if want := []string{
		"chunkscope_chunk_size_items", "chunkscope_chunks_active", "chunkscope_items_expected", "chunkscope_progress_ratio",
		"chunkscope_run_remaining_seconds", "chunkscope_runs_active", "chunkscope_workers_active",
	}; !slices.Equal(slices.Sorted(maps.Keys(names)), want) {
		t.Errorf("gauges are %v, want %v", slices.Sorted(maps.Keys(names)), want)
	}
}

// TestSampled checks that sampled counts are scaled up.
func TestSampled(t *testing.T) {
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			const chunks, rate = 4000, 0.5
			s := newServer(t, mapping(t))
			addr, err := s.ListenUDP()
			if err != nil {
				t.Fatal(err)
			}
			h, err := statsdhook.New(addr, statsdhook.WithTagFormat(f.format), statsdhook.WithSampleRate(rate))
			if err != nil {
				t.Fatal(err)
			}
			for range chunks {
				h.OnChunkEnd(t.Context(), core.ChunkEnd{ChunkStart: core.ChunkStart{Executor: "x"}, Outcome: core.OutcomeOK})
			}
			if err := h.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			settle(t, s)
			got := read(t, s)
			counted := got.Counters[`chunkscope_chunks_total{executor="x",outcome="ok"}`]
			timed := got.Timers[`chunkscope_chunk_duration_seconds{executor="x"}`].Count
			if math.Abs(counted-chunks) > 7*math.Sqrt(chunks*(1-rate)/rate) || float64(timed) != counted || len(got.Problems) > 0 {
				t.Errorf("%v chunks counted and %d timed of %d; problems %v", counted, timed, chunks, got.Problems)
			}
		})
	}
}

// TestWithoutMapping checks the formats whose tags the exporter understands
// without a mapping.
func TestWithoutMapping(t *testing.T) {
	for _, f := range formats[:2] {
		t.Run(f.name, func(t *testing.T) {
			s := newServer(t, "")
			path := filepath.Join(t.TempDir(), "s")
			if err := s.ListenUnixgram(path); err != nil {
				t.Fatal(err)
			}
			h, err := statsdhook.New("unixgram://"+path, statsdhook.WithTagFormat(f.format))
			if err != nil {
				t.Fatal(err)
			}
			h.OnRunEnd(t.Context(), core.RunEnd{RunStart: core.RunStart{Executor: "x"}, Duration: time.Second, Outcome: core.OutcomeOK})
			if err := h.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			settle(t, s)
			got := read(t, s)
			if n, took := got.Counters[`chunkscope_runs{executor="x",outcome="ok"}`], got.Timers[`chunkscope_run_duration{executor="x"}`]; n != 1 || took.Sum != 1 {
				t.Errorf("%v runs in %+v", n, took)
			}
		})
	}
}

func TestProblemsAreReported(t *testing.T) {
	s := newServer(t, mapping(t))
	s.Packet([]byte("garbage\nchunkscope.runs:x|c\nchunkscope.runs:1|c|#executor:\nother.metric:1|c\nchunkscope.runs:-1|c"))
	want := map[string]float64{
		`sample_errors{reason="malformed_line"}`: 1, `sample_errors{reason="malformed_value"}`: 1, "tag_errors": 1, "unmapped": 1,
		`event_errors{reason="illegal_negative_counter"}`: 1,
	}
	if got := read(t, s).Problems; !maps.Equal(got, want) || s.Lines() != 5 {
		t.Errorf("problems %v, want %v", got, want)
	}
	if _, err := statsd.New("mappings: [{match: a.*}]"); err == nil {
		t.Error("a mapping without a name was accepted")
	}
}
