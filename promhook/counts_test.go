package promhook_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/core/remote"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/internal/ladder"
	"github.com/chunkscope/chunkscope/internal/metricname"
)

// runMixed runs n items that succeed, fail, panic and exit.
func runMixed(ctx context.Context, e *core.Executor, n int) {
	_ = core.ForEach(ctx, e, make([]int, n), mixedOutcomes(rand.New(rand.NewPCG(1, uint64(n))), nil))
}

// mixedOutcomes returns a function whose items end at random in all ways an item
// can end. One item in 500 calls cancel, unless that is nil.
func mixedOutcomes(random *rand.Rand, cancel context.CancelFunc) func(context.Context, int) error {
	var mu sync.Mutex
	return func(ctx context.Context, _ int) error {
		testedRows.Add(ctx, 3)
		testedRead.Add(ctx, 1500)
		mu.Lock()
		roll := random.IntN(1000)
		mu.Unlock()
		switch {
		case roll < 20:
			return errBoom
		case roll < 30:
			return fmt.Errorf("slow: %w", context.DeadlineExceeded)
		case roll < 35:
			panic(roll)
		case roll < 38:
			runtime.Goexit()
		case roll < 40 && cancel != nil:
			cancel()
		}
		return nil
	}
}

// failOnce returns a function that fails at its first item.
func failOnce() func(context.Context, int) error {
	var once sync.Once
	return func(context.Context, int) (err error) {
		once.Do(func() { err = errBoom })
		return err
	}
}

// TestCountsAreExact runs many runs at once, which end in all ways a run can end.
// Afterwards it compares the exported metrics with the events of a recorder.
func TestCountsAreExact(t *testing.T) {
	for _, workers := range []int{1, 8} {
		t.Run(fmt.Sprint("workers=", workers), func(t *testing.T) {
			hook, registry := newHook()
			recorder := hooktest.NewRecorder()
			e := newExecutor("truth", []core.Hook{recorder, hook}, core.WithWorkers(workers), core.WithContinueOnError())
			failsFast := newExecutor("truth", []core.Hook{hook, recorder}, core.WithWorkers(workers))
			tolerant := newExecutor("truth", []core.Hook{hook, recorder}, core.WithWorkers(workers), core.WithMaxFailedRatio(0.01))
			var wg sync.WaitGroup
			for i := range 20 {
				wg.Go(func() { runOne(t.Context(), i, e, failsFast) })
			}
			wg.Go(func() {
				_ = core.ForEach(t.Context(), tolerant, make([]int, 1000), failOnce())
			})
			wg.Wait()
			compareWithRecorder(t, scrape(t, registry), recorder)
		})
	}
}

// runOne is one of twenty runs, each through one of the functions of core.
func runOne(ctx context.Context, i int, e, failsFast *core.Executor) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	random := rand.New(rand.NewPCG(7, uint64(i)))
	item := mixedOutcomes(random, cancel)
	chunk := func(ctx context.Context, items []int) error {
		if len(items)%2 == 0 || i == 2 {
			remote.Waiting(ctx)
			remote.Started(ctx)
			remote.Report(ctx, remote.Result{Worker: "host", Attempts: 1 + len(items)%3, Lost: len(items) % 3})
		}
		return item(ctx, len(items))
	}
	items := make([]int, 2000)
	switch i % 6 {
	case 0:
		_ = core.ForEach(ctx, e, items, mixedOutcomes(random, nil))
	case 1:
		_ = core.ForEach(ctx, e, items, item)
	case 2:
		_ = core.ForEachChunk(ctx, e, items, chunk)
	case 3:
		_ = core.ForEach(ctx, failsFast, items, item)
	case 4:
		_ = core.ForEach(ctx, e, items[:100+i], func(context.Context, int) error {
			if i == 10 {
				cancel()
			}
			return nil
		})
	case 5:
		for _, err := range core.Stream(ctx, e, core.FromSeq(slices.Values(items)), func(ctx context.Context, v int) (int, error) {
			return v, item(ctx, v)
		}) {
			_ = err // the recorder has it
		}
	}
}

// compareWithRecorder compares a scrape after all runs with the recorded events.
func compareWithRecorder(t *testing.T, got samples, recorder *hooktest.Recorder) {
	t.Helper()
	want := samples{}
	count := func(name, by, word string, n int) {
		want[fmt.Sprintf(`%s_total{executor="truth",%s=%q}`, name, by, word)] += float64(n)
	}
	for o := core.OutcomeOK; o <= core.OutcomePanic; o++ {
		count("runs", "outcome", o.String(), 0)
		if o == core.OutcomePartial {
			continue // of runs only
		}
		count("chunks", "outcome", o.String(), 0)
		if o != core.OutcomeCanceled {
			count("items", "outcome", o.String(), 0)
		}
	}
	for _, kind := range []string{"panic", "goexit", "timeout", "canceled"} {
		count("errors", "type", kind, 0)
	}
	count("hook_faults", "hook", "promhook", 0)
	const busy = `worker_busy_seconds_total{executor="truth"}`
	var last core.RunEnd
	for _, e := range hooktest.Of[core.RunEnd](recorder) {
		count("runs", "outcome", e.Outcome.String(), 1)
		want.addToHistogram("run_duration_seconds", e.Duration.Seconds(), ladder.Run())
		if e.Ended.After(last.Ended) {
			last = e
		}
	}
	for _, name := range []string{"tested_rows", "tested_read_bytes", "tested_unused"} {
		want[name+`_total{executor="truth"}`] = 0
	}
	for _, e := range hooktest.Of[core.ChunkEnd](recorder) {
		for _, v := range e.Custom {
			want[metricname.Prometheus(v.Name, v.Unit)+`{executor="truth"}`] += float64(v.Value)
		}
		count("chunks", "outcome", e.Outcome.String(), 1)
		count("items", "outcome", "ok", e.ItemsDone-e.ItemsFailed)
		want.addToHistogram("chunk_duration_seconds", e.Duration.Seconds(), ladder.Chunk())
		want.addToHistogram("chunk_size_items", float64(e.Items-e.Returned), ladder.ChunkSize())
		if e.Remote() {
			want.addToHistogram("chunk_wait_seconds", e.Waited.Seconds(), ladder.Chunk())
			want[`chunk_attempts_total{executor="truth"}`] += float64(e.Attempts)
			want[`remote_workers_lost_total{executor="truth"}`] += float64(e.WorkersLost)
		}
	}
	for _, e := range hooktest.Of[core.ItemFailure](recorder) {
		count("items", "outcome", e.Outcome.String(), e.Items)
		count("errors", "type", label.ErrorType(e.Err), 1)
	}
	for _, e := range hooktest.Of[core.WorkerEnd](recorder) {
		want[busy] += e.Busy.Seconds()
	}
	if want[`remote_workers_lost_total{executor="truth"}`] == 0 {
		t.Error("no remote worker was lost, so the test proves nothing")
	}
	for sample, value := range want {
		same := got[sample] == value || math.Abs(got[sample]-value) <= 1e-9*value // sums in another order
		if _, ok := got[sample]; !ok || !same {
			t.Errorf("%s is %v (there: %v), the recorder has %v", sample, got[sample], ok, value)
		}
		if value == 0 && strings.Contains(sample, "outcome=") {
			t.Errorf("%s: no run had this outcome, so the test proves nothing", sample)
		}
	}
	for sample, value := range got {
		_, expected := want[sample]
		name, _, _ := strings.Cut(sample, "{")
		switch {
		case expected, strings.HasPrefix(name, "run_last_"), name == "build_info":
		case value != 0:
			t.Errorf("%s is %v after all runs", sample, value)
		}
	}
	got.want(t, `run_last_completion_timestamp_seconds{executor="truth"}`, float64(last.Ended.Unix())+float64(last.Ended.Nanosecond())/1e9)
	got.want(t, `run_last_duration_seconds{executor="truth"}`, last.Duration.Seconds())
}

// addToHistogram adds a value to an expected histogram.
func (s samples) addToHistogram(name string, value float64, buckets []float64) {
	for _, le := range buckets {
		n := 0.0
		if value <= le {
			n = 1
		}
		s[fmt.Sprintf(`%s_bucket{executor="truth",le="%v"}`, name, le)] += n
	}
	s[name+`_count{executor="truth"}`]++
	s[name+`_sum{executor="truth"}`] += value
}
