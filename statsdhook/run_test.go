package statsdhook_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestClockStep sends events whose times jump back and forth, as the wall clock
// may. Durations come from core's monotonic clock, so that the hook must not
// subtract times.
func TestClockStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD) // its parser reports negative values
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		rng := rand.New(rand.NewPCG(1, 2))
		jumpingClock := func() time.Time {
			return time.Now().Round(0).Add(time.Duration(rng.Int64N(int64(2*time.Hour))) - time.Hour)
		}
		for i := range 50 {
			start := core.RunStart{Executor: "clock", Items: 10, Workers: 1, Started: jumpingClock()}
			ctx := h.OnRunStart(t.Context(), start)
			h.OnChunkEnd(ctx, core.ChunkEnd{
				ChunkStart: core.ChunkStart{Executor: "clock", Started: jumpingClock()}, Ended: jumpingClock(), Duration: time.Second, Outcome: core.OutcomeOK,
			})
			h.OnProgress(ctx, core.Progress{
				Executor: "clock", At: jumpingClock(), Items: 10, ItemsDone: i % 10,
				Remaining: core.Estimate{Known: true, Expected: time.Minute},
			})
			if err := h.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Ended: jumpingClock(), Duration: time.Second, Outcome: core.OutcomeOK})
		}
		if text := shutdown(t, h, time.Second); text != "" {
			t.Error(text)
		}
		s.reading.Wait()
		for series, values := range s.timings {
			if len(values) != 50 || slices.Min(values) != 1000 || slices.Max(values) != 1000 {
				t.Errorf("%s: %v", series, values)
			}
		}
	})
}

// TestManyTimersAreSentBeforeTheFlush has half a queue of timers.
func TestManyTimersAreSentBeforeTheFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial), statsdhook.WithFlushInterval(time.Hour))
		for range statsdhook.QueueSize / 2 {
			h.OnWorkerEnd(t.Context(), core.WorkerEnd{})
		}
		synctest.Wait()
		if got := s.count(); got < statsdhook.QueueSize/2 {
			t.Errorf("%d lines arrived", got)
		}
		shutdown(t, h, time.Second)
		s.reading.Wait()
	})
}

// TestTenThousandRuns has a hostile executor name for each run. The number of
// names stays bounded and the counts exact.
func TestTenThousandRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const runs = 10_000
		s := newServer(t, statsdhook.Graphite)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial), statsdhook.WithTagFormat(statsdhook.Graphite))
		var running sync.WaitGroup
		for g := range 100 {
			running.Go(func() {
				for i := range runs / 100 {
					name := fmt.Sprintf("%s|#:;=,\n\x00 %d", strings.Repeat("x", i), g*1000+i)
					e := core.NewExecutor(core.WithName(name), core.WithWorkers(2))
					e.Register(h)
					if err := core.ForEach(t.Context(), e, []int{1, 2}, func(context.Context, int) error { return nil }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		text := shutdown(t, h, 8*time.Second)
		s.reading.Wait()
		totals, executors := map[string]float64{}, map[string]bool{}
		for series, n := range s.totals {
			name, tags, _ := strings.Cut(series, " ")
			totals[name] += n
			executors[strings.Fields(tags)[0]] = true
		}
		if totals["chunkscope.runs"] != runs || totals["chunkscope.items"] != 2*runs {
			t.Errorf("arrived: %v; Shutdown returned %q", totals, text)
		}
		if len(executors) != label.MaxExecutors+1 || !executors["executor="+label.Other] {
			t.Errorf("%d executors have a tag", len(executors))
		}
	})
}

// TestGauges checks the gauges during a run and after it.
func TestGauges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		gauges := func() map[string]float64 {
			s.mu.Lock()
			defer s.mu.Unlock()
			got := map[string]float64{}
			for series, v := range s.gauges {
				got[strings.TrimSuffix(strings.TrimPrefix(series, "chunkscope."), " executor=job")] = v
			}
			return got
		}
		e := core.NewExecutor(core.WithName("job"), core.WithWorkers(2), core.WithChunkSize(5))
		e.Register(h)
		var running sync.WaitGroup
		running.Go(func() {
			_ = core.ForEach(t.Context(), e, make([]int, 100), func(context.Context, int) error {
				time.Sleep(time.Second)
				return nil
			})
		})
		time.Sleep(30*time.Second + 500*time.Millisecond)
		synctest.Wait()
		during := gauges()
		for name, want := range map[string]float64{
			"runs.active": 1, "chunks.active": 2, "workers.active": 2, "items.expected": 100, "chunk.size": 5,
			"progress": 0.6, "throughput": 2, "run.remaining": 20,
		} {
			if got := during[name]; got < want*0.8 || got > want*1.2 {
				t.Errorf("during the run, %s is %v, want about %v", name, got, want)
			}
		}
		running.Wait()
		time.Sleep(2 * time.Second) // two flush intervals
		synctest.Wait()
		for name, got := range gauges() {
			if want := map[string]float64{"chunk.size": 5}[name]; got != want {
				t.Errorf("after the run, %s is %v, want %v", name, got, want)
			}
		}
		if text := shutdown(t, h, time.Second); text != "" {
			t.Error(text)
		}
		s.reading.Wait()
	})
}
