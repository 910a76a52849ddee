package statsdhook_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// TestClockStep feeds instants that jump back and forth, as the wall clock may.
// Durations come from core's monotonic clock; nothing here may subtract instants.
func TestClockStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD) // it refuses negative values
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		rng := rand.New(rand.NewPCG(1, 2))
		wall := func() time.Time {
			return time.Now().Round(0).Add(time.Duration(rng.Int64N(int64(2*time.Hour))) - time.Hour)
		}
		for i := range 50 {
			start := core.RunStart{Executor: "clock", Items: 10, Workers: 1, Started: wall()}
			ctx := h.OnRunStart(t.Context(), start)
			h.OnChunkEnd(ctx, core.ChunkEnd{
				ChunkStart: core.ChunkStart{Executor: "clock", Started: wall()}, Ended: wall(), Duration: time.Second, Outcome: core.OutcomeOK,
			})
			h.OnProgress(ctx, core.Progress{
				Executor: "clock", At: wall(), Items: 10, ItemsDone: i % 10,
				Remaining: core.Estimate{Known: true, Expected: time.Minute},
			})
			if err := h.Flush(t.Context()); err != nil {
				t.Error(err)
			}
			h.OnRunEnd(ctx, core.RunEnd{RunStart: start, Ended: wall(), Duration: time.Second, Outcome: core.OutcomeOK})
		}
		if said := shutdown(t, h, time.Second); said != "" {
			t.Error(said)
		}
		s.reading.Wait()
		for series, values := range s.timings {
			if len(values) != 50 || slices.Min(values) != 1000 || slices.Max(values) != 1000 {
				t.Errorf("%s: %v", series, values)
			}
		}
	})
}

// trigger calls a function at the k-th event of any kind.
type eventTrigger struct {
	event  int64
	count  atomic.Int64
	action func()
}

func (h *eventTrigger) countEvent() {
	if h.count.Add(1) == h.event {
		h.action()
	}
}

func (*eventTrigger) HookName() string { return "trigger" }
func (h *eventTrigger) OnRunStart(ctx context.Context, _ core.RunStart) context.Context {
	h.countEvent()
	return ctx
}
func (h *eventTrigger) OnRunEnd(context.Context, core.RunEnd)           { h.countEvent() }
func (h *eventTrigger) OnWorkerStart(context.Context, core.WorkerStart) { h.countEvent() }
func (h *eventTrigger) OnWorkerEnd(context.Context, core.WorkerEnd)     { h.countEvent() }
func (h *eventTrigger) OnChunkEnd(context.Context, core.ChunkEnd)       { h.countEvent() }
func (h *eventTrigger) OnProgress(context.Context, core.Progress)       { h.countEvent() }

// TestShutdownAtEveryEvent shuts the hook down in the middle of a run, at each
// of its events in turn, from inside. The run goes on, and every line is
// accounted for.
func TestShutdownAtEveryEvent(t *testing.T) {
	for k := int64(1); ; k++ {
		reached := false
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, statsdhook.DogStatsD)
			h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
			shut := &eventTrigger{event: k, action: func() {
				reached = true
				if err := h.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			}}
			e := core.NewExecutor(core.WithName("interrupted"), core.WithWorkers(2), core.WithChunkSize(1))
			e.Register(h, shut) // ends come in reverse: the last event is the hook's
			items := make([]int, 12)
			if _, err := core.Map(t.Context(), e, items, func(_ context.Context, i int) (int, error) { return i, nil }); err != nil {
				t.Error(err)
			}
			shutdown(t, h, time.Second)
			s.reading.Wait()
			stats := h.Stats()
			if stats.Delivered != s.count() || droppedLines(stats) != stats.Dropped["closed"] {
				t.Errorf("shut down at event %d: %d lines arrived, stats %+v", k, s.count(), stats)
			}
			if reached && stats.Dropped["closed"] == 0 {
				t.Errorf("shut down at event %d: the end of the run is not counted: %+v", k, stats)
			}
		})
		if !reached {
			if k < 15 {
				t.Errorf("the run had %d events only", k-1)
			}
			return
		}
	}
}

func TestShutdownTwiceAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(refuseDial))
		_, _ = runSleepingItems(t, h)
		said := make([]error, 100)
		var calls sync.WaitGroup
		for i := range said {
			calls.Go(func() { said[i] = h.Shutdown(context.Background()) })
		}
		calls.Wait()
		for _, err := range said {
			if err == nil || err.Error() != said[0].Error() {
				t.Fatalf("Shutdown said %v and %v", said[0], err)
			}
		}
	})
}

func TestShutdownNeverStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHook(t, "127.0.0.1:8125")
		if err := h.Flush(t.Context()); err != nil {
			t.Error(err)
		}
		began := time.Now()
		if said := shutdown(t, h, time.Second); said != "" || time.Since(began) != 0 {
			t.Errorf("Shutdown took %v and said %q", time.Since(began), said)
		}
		if stats := h.Stats(); stats.Produced != 0 {
			t.Errorf("stats %+v", stats)
		}
	})
}

// TestShutdownWithFinishedContext tries nothing any more, and tells of all.
func TestShutdownWithEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial), statsdhook.WithFlushInterval(time.Hour))
		_, _ = runSleepingItems(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		began := time.Now()
		err := h.Shutdown(ctx)
		stats := h.Stats()
		want := fmt.Sprintf("%d shutdown", stats.Produced)
		if time.Since(began) != 0 || err == nil || !strings.Contains(err.Error(), want) || s.count() != 0 {
			t.Errorf("Shutdown took %v and said %v, want %s; %d lines arrived", time.Since(began), err, want, s.count())
		}
		if stats.Produced < 150 || stats.Dropped["shutdown"] != stats.Produced {
			t.Errorf("stats %+v", stats)
		}
	})
}

// TestShutdownWithFinishedContextAndGivenClient calls the client no more.
func TestShutdownWithEndedContextAndUserClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := newClientHook(t, &funcClient{call: func(string) error { calls++; return nil }}, statsdhook.WithFlushInterval(time.Hour))
		_, _ = runSleepingItems(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := h.Shutdown(ctx)
		if stats := h.Stats(); err == nil || calls != 0 || stats.Dropped["shutdown"] != stats.Produced {
			t.Errorf("%d calls, stats %+v, Shutdown said %v", calls, stats, err)
		}
	})
}

// TestEventsDuringShutdown are delivered or refused, and take nothing away from
// what was before.
func TestEventsDuringShutdown(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			const before = 10
			s := newServer(t, statsdhook.DogStatsD)
			h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
			fail := func() {
				h.OnItemFailure(t.Context(), core.ItemFailure{Executor: "x", Items: 1, Outcome: core.OutcomeError, Err: typedError("word")})
			}
			for range before {
				fail()
			}
			var running sync.WaitGroup
			for range 2 {
				running.Go(func() {
					for range 200 {
						fail()
					}
				})
			}
			running.Go(func() {
				if err := h.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			})
			running.Wait()
			s.reading.Wait()
			stats := h.Stats()
			checkBalance(t, stats)
			if n := statsdhook.UnsettledCounters(h); n > 0 {
				t.Errorf("%d counters hold what nobody accounts for", n)
			}
			if got := s.total("chunkscope.errors executor=x type=word"); got < before {
				t.Errorf("%v failures arrived of at least %d", got, before)
			}
			if stats.Delivered != s.count() || droppedLines(stats) != stats.Dropped["closed"] {
				t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
			}
		})
	}
}

// TestManyTimersAreSentSooner than the next flush.
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

func TestStartStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running sync.WaitGroup
		for g := range 8 {
			running.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(g), 3))
				for range 100 {
					s := newServer(t, statsdhook.DogStatsD)
					h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
					acts := []func(){
						func() { h.OnRunEnd(t.Context(), core.RunEnd{}) },
						func() { h.OnChunkEnd(t.Context(), core.ChunkEnd{}) },
						func() { h.OnItemFailure(t.Context(), core.ItemFailure{Items: 1}) },
						func() { _ = h.Flush(t.Context()) },
						func() { _ = h.Shutdown(t.Context()) },
					}
					rng.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
					for _, act := range acts {
						act()
					}
					s.reading.Wait()
					stats := h.Stats()
					checkBalance(t, stats)
					if stats.Pending != 0 || stats.Delivered != s.count() || stats.Produced < 5 {
						t.Errorf("%d lines arrived, stats %+v", s.count(), stats)
					}
				}
			})
		}
		running.Wait()
	})
}

// TestTenThousandRuns has as many hostile names as runs. The names stay
// bounded, and the counts exact.
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
		said := shutdown(t, h, 8*time.Second)
		s.reading.Wait()
		got, executors := map[string]float64{}, map[string]bool{}
		for series, n := range s.totals {
			name, tags, _ := strings.Cut(series, " ")
			got[name] += n
			executors[strings.Fields(tags)[0]] = true
		}
		if got["chunkscope.runs"] != runs || got["chunkscope.items"] != 2*runs {
			t.Errorf("arrived: %v; Shutdown said %q", got, said)
		}
		if len(executors) != label.MaxExecutors+1 || !executors["executor="+label.Other] {
			t.Errorf("%d executors have a tag", len(executors))
		}
	})
}

// TestGauges shows a run while it goes on, and that it is over.
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
		time.Sleep(2 * time.Second) // nobody asks for a flush
		synctest.Wait()
		for name, got := range gauges() {
			if want := map[string]float64{"chunk.size": 5}[name]; got != want {
				t.Errorf("after the run, %s is %v, want %v", name, got, want)
			}
		}
		if said := shutdown(t, h, time.Second); said != "" {
			t.Error(said)
		}
		s.reading.Wait()
	})
}
