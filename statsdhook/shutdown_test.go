package statsdhook_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// eventTrigger is a hook that runs an action at the n-th event of any kind.
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

func (h *eventTrigger) OnRunEnd(context.Context, core.RunEnd) { h.countEvent() }

func (h *eventTrigger) OnWorkerStart(context.Context, core.WorkerStart) { h.countEvent() }

func (h *eventTrigger) OnWorkerEnd(context.Context, core.WorkerEnd) { h.countEvent() }

func (h *eventTrigger) OnChunkEnd(context.Context, core.ChunkEnd) { h.countEvent() }

func (h *eventTrigger) OnProgress(context.Context, core.Progress) { h.countEvent() }

// TestShutdownAtEveryEvent shuts the hook down during a run, from another hook. It
// tries each event of the run. The run continues, and every line is accounted
// for.
func TestShutdownAtEveryEvent(t *testing.T) {
	for k := int64(1); ; k++ {
		reached := false
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t, statsdhook.DogStatsD)
			h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
			trigger := &eventTrigger{event: k, action: func() {
				reached = true
				if err := h.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			}}
			e := core.NewExecutor(core.WithName("interrupted"), core.WithWorkers(2), core.WithChunkSize(1))
			e.Register(h, trigger) // end hooks are called in reverse order, so that the last event is the hook's
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
		errs := make([]error, 100)
		var calls sync.WaitGroup
		for i := range errs {
			calls.Go(func() { errs[i] = h.Shutdown(context.Background()) })
		}
		calls.Wait()
		for _, err := range errs {
			if err == nil || err.Error() != errs[0].Error() {
				t.Fatalf("Shutdown returned %v and %v", errs[0], err)
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
		start := time.Now()
		if text := shutdown(t, h, time.Second); text != "" || time.Since(start) != 0 {
			t.Errorf("Shutdown took %v and text %q", time.Since(start), text)
		}
		if stats := h.Stats(); stats.Produced != 0 {
			t.Errorf("stats %+v", stats)
		}
	})
}

// TestShutdownWithEndedContext checks that the hook sends nothing and reports all
// lines as lost.
func TestShutdownWithEndedContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial), statsdhook.WithFlushInterval(time.Hour))
		_, _ = runSleepingItems(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		start := time.Now()
		err := h.Shutdown(ctx)
		stats := h.Stats()
		want := fmt.Sprintf("%d shutdown", stats.Produced)
		if time.Since(start) != 0 || err == nil || !strings.Contains(err.Error(), want) || s.count() != 0 {
			t.Errorf("Shutdown took %v and text %v, want %s; %d lines arrived", time.Since(start), err, want, s.count())
		}
		if stats.Produced < 150 || stats.Dropped["shutdown"] != stats.Produced {
			t.Errorf("stats %+v", stats)
		}
	})
}

// TestShutdownWithEndedContextAndUserClient checks that the hook does not call the
// client.
func TestShutdownWithEndedContextAndUserClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		h := newClientHook(t, &funcClient{call: func(string) error { calls++; return nil }}, statsdhook.WithFlushInterval(time.Hour))
		_, _ = runSleepingItems(t, h)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := h.Shutdown(ctx)
		if stats := h.Stats(); err == nil || calls != 0 || stats.Dropped["shutdown"] != stats.Produced {
			t.Errorf("%d calls, stats %+v, Shutdown returned %v", calls, stats, err)
		}
	})
}

// TestEventsDuringShutdown checks that events during Shutdown are delivered or
// refused, and that earlier ones are delivered.
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
				t.Errorf("%d counters hold counts that are not settled", n)
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

func TestStartStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running sync.WaitGroup
		for g := range 8 {
			running.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(g), 3))
				for range 100 {
					s := newServer(t, statsdhook.DogStatsD)
					h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
					actions := []func(){
						func() { h.OnRunEnd(t.Context(), core.RunEnd{}) },
						func() { h.OnChunkEnd(t.Context(), core.ChunkEnd{}) },
						func() { h.OnItemFailure(t.Context(), core.ItemFailure{Items: 1}) },
						func() { _ = h.Flush(t.Context()) },
						func() { _ = h.Shutdown(t.Context()) },
					}
					rng.Shuffle(len(actions), func(i, j int) { actions[i], actions[j] = actions[j], actions[i] })
					for _, action := range actions {
						action()
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
