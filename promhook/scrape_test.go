package promhook_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

func seconds(t time.Time) float64 { return float64(t.UnixNano()) / 1e9 }

// TestGaugesFollowTheRun scrapes in the middle of two runs of one executor, at a
// known time of a fake clock.
func TestGaugesFollowTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, registry := newHook(promhook.WithExpectedInterval(24 * time.Hour))
		e := newExecutor("job", []core.Hook{hook}, core.WithWorkers(2), core.WithChunkSize(10))
		began := time.Now()
		second := func(context.Context, int) error { time.Sleep(time.Second); return nil }
		var runs sync.WaitGroup
		runs.Go(func() { _ = core.ForEach(t.Context(), e, make([]int, 100), second) })
		time.Sleep(500 * time.Millisecond)
		runs.Go(func() { _ = core.ForEach(t.Context(), e, make([]int, 300), second) })

		time.Sleep(24*time.Second + 900*time.Millisecond) // 25.4 s: 50 of 100 items, and 48 of 300
		synctest.Wait()
		got := scrape(t, registry)
		for sample, want := range map[string]float64{
			"runs_active":                           2,
			"run_last_start_timestamp_seconds":      seconds(began) + 0.5,
			"oldest_run_start_timestamp_seconds":    seconds(began),
			"run_last_completion_timestamp_seconds": 0,
			"run_last_success_timestamp_seconds":    0,
			"run_last_duration_seconds":             0,
			"run_expected_interval_seconds":         86400,
			"chunks_active":                         4,
			"oldest_chunk_start_timestamp_seconds":  seconds(began) + 20,
			"items_expected":                        400,
			"progress_ratio":                        98.0 / 400,
			"workers":                               4,
			"workers_active":                        4,
			"worker_busy_seconds_total":             80, // of the eight chunks that have ended
		} {
			got.want(t, sample+`{executor="job"}`, want)
		}
		got.want(t, `items_total{executor="job",outcome="ok"}`, 80)
		estimate := got[`run_estimated_completion_timestamp_seconds{executor="job"}`] - seconds(began)
		if estimate < 130 || estimate > 170 { // the second run needs 150 s from 0.5 s on
			t.Errorf("the runs are estimated to end %v s after the start, want about 150.5", estimate)
		}

		runs.Wait()
		got = scrape(t, registry)
		got.want(t, `runs_active{executor="job"}`, 0)
		got.want(t, `progress_ratio{executor="job"}`, 0)
		got.want(t, `run_last_success_timestamp_seconds{executor="job"}`, seconds(time.Now()))
		got.want(t, `run_last_duration_seconds{executor="job"}`, 150)
	})
}

// TestOwnLoop scrapes during a run of Executor.Start, which has no worker events.
func TestOwnLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, registry := newHook()
		e := newExecutor("own", []core.Hook{hook})
		ctx, r := e.Start(t.Context(), -1)
		_ = r.Chunk(ctx, 5, func(context.Context) error {
			time.Sleep(3 * time.Second)
			synctest.Wait()
			got := scrape(t, registry)
			got.want(t, `runs_active{executor="own"}`, 1)
			got.want(t, `chunks_active{executor="own"}`, 1)
			got.want(t, `workers_active{executor="own"}`, 1)
			got.want(t, `workers{executor="own"}`, 0)
			got.want(t, `items_expected{executor="own"}`, 0)
			return nil
		})
		r.End(errors.New("too late"))
		got := scrape(t, registry)
		got.want(t, `items_total{executor="own",outcome="ok"}`, 5)
		got.want(t, `worker_busy_seconds_total{executor="own"}`, 3)
		got.want(t, `runs_total{executor="own",outcome="error"}`, 1)
		got.want(t, `errors_total{executor="own",type="errors.errorString"}`, 1)
	})
}

// TestFailedRun checks that a failed run changes the last completion, and not the
// last success.
func TestFailedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook, registry := newHook()
		e := newExecutor("job", []core.Hook{hook})
		_ = core.ForEach(t.Context(), e, []int{1}, func(context.Context, int) error { return nil })
		success := seconds(time.Now())
		time.Sleep(time.Hour)
		_ = core.ForEach(t.Context(), e, []int{1}, func(context.Context, int) error { return errBoom })
		got := scrape(t, registry)
		got.want(t, `run_last_success_timestamp_seconds{executor="job"}`, success)
		got.want(t, `run_last_completion_timestamp_seconds{executor="job"}`, success+3600)
	})
}

// TestEveryScrapeIsConsistent scrapes as often as it can during runs. The 500th
// item waits until a scrape has seen a run in progress.
func TestEveryScrapeIsConsistent(t *testing.T) {
	hook, registry := newHook()
	var runs, scrapers sync.WaitGroup
	var stopped atomic.Bool
	var items atomic.Int64
	var once sync.Once
	seen := make(chan struct{})
	for range 2 {
		scrapers.Go(func() {
			before := samples{}
			for !stopped.Load() {
				now := scrape(t, registry)
				checkScrape(t, before, now)
				before = now
				if now[`runs_active{executor="job"}`] > 0 && now[`progress_ratio{executor="job"}`] > 0 {
					once.Do(func() { close(seen) })
				}
			}
		})
	}
	for i := range 4 {
		e := newExecutor("job", []core.Hook{hook}, core.WithWorkers(3), core.WithProgressInterval(time.Millisecond), core.WithContinueOnError())
		runs.Go(func() {
			for k := range 5 {
				random := rand.New(rand.NewPCG(uint64(i), uint64(k)))
				item := mixedOutcomes(random, nil)
				_ = core.ForEach(t.Context(), e, make([]int, 1000), func(ctx context.Context, n int) error {
					if items.Add(1) == 500 {
						<-seen
					}
					for range 2000 {
						n++
					}
					return item(ctx, n)
				})
			}
		})
	}
	runs.Wait()
	stopped.Store(true)
	scrapers.Wait()
}

// checkScrape compares one scrape with the one before and with itself.
func checkScrape(t *testing.T, before, now samples) {
	t.Helper()
	for sample, value := range now {
		name, _, _ := strings.Cut(sample, "{")
		switch {
		case value < 0:
			t.Errorf("%s is %v", sample, value)
		case name == "progress_ratio" && value > 1:
			t.Errorf("%s is %v", sample, value)
		case name == "runs_active" && value > 4, name == "workers_active" && value > 12:
			t.Errorf("%s is %v, more than exist", sample, value)
		case (strings.HasSuffix(name, "_total") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_bucket") ||
			strings.HasPrefix(name, "run_last_")) && name != "run_last_duration_seconds" && value < before[sample]:
			t.Errorf("%s fell from %v to %v", sample, before[sample], value)
		}
	}
	for sample := range before {
		if _, ok := now[sample]; !ok {
			t.Errorf("%s is gone", sample)
		}
	}
	if now[`workers_active{executor="job"}`] > now[`workers{executor="job"}`] {
		t.Error("more workers are active than exist")
	}
}

// TestScrapeDuringAMillionChunks checks that memory use does not grow with the
// number of chunks and scrapes.
func TestScrapeDuringAMillionChunks(t *testing.T) {
	hook, registry := newHook()
	e := newExecutor("long", []core.Hook{hook}, core.WithChunkSize(1), core.WithWorkers(4))
	const chunks = 1_000_000
	var done atomic.Int64
	var early uint64
	ended := make(chan struct{})
	var scraper sync.WaitGroup
	scraper.Go(func() {
		for {
			scrape(t, registry)
			if early == 0 && done.Load() > chunks/10 {
				early = heapInUse()
			}
			select {
			case <-ended:
				return
			case <-time.After(5 * time.Millisecond): // the interval of the scraper; no result depends on it
			}
		}
	})
	err := core.ForEach(t.Context(), e, make([]struct{}, chunks), func(context.Context, struct{}) error {
		done.Add(1)
		return nil
	})
	close(ended)
	scraper.Wait()
	late := heapInUse()
	if err != nil {
		t.Fatal(err)
	}
	scrape(t, registry).want(t, `chunks_total{executor="long",outcome="ok"}`, chunks)
	if early == 0 {
		t.Fatal("no scrape in the middle of the run")
	}
	if late > early+early/10+1<<20 {
		t.Errorf("%d bytes are in use after the run, %d were after its first tenth", late, early)
	}
}

// heapInUse returns the bytes of live heap objects.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestTwoHooksOnOneRun checks that two hooks keep separate records of a run.
func TestTwoHooksOnOneRun(t *testing.T) {
	registry := prometheus.NewRegistry()
	var hooks []core.Hook
	for i := range 2 {
		hooks = append(hooks, promhook.New(promhook.WithRegisterer(registry), promhook.WithConstLabels(prometheus.Labels{"suite": fmt.Sprint(i)})))
	}
	e := newExecutor("job", hooks)
	_ = core.ForEach(t.Context(), e, make([]int, 10), func(context.Context, int) error { return nil })
	got := scrape(t, registry)
	for _, suite := range []string{"0", "1"} {
		got.want(t, fmt.Sprintf(`items_total{executor="job",outcome="ok",suite=%q}`, suite), 10)
		got.want(t, fmt.Sprintf(`runs_active{executor="job",suite=%q}`, suite), 0)
	}
}
