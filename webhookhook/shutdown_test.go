package webhookhook_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/closing"
	"github.com/chunkscope/chunkscope/webhookhook"
)

func TestShutdown(t *testing.T) {
	timed := func(t *testing.T, ctx context.Context, h core.Shutdowner) (time.Duration, error) {
		t.Helper()
		start := time.Now()
		err := h.Shutdown(ctx)
		return time.Since(start), err
	}
	t.Run("drains for 8 s", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.handle(func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			took, err := timed(t, context.Background(), h)
			if took != 8*time.Second || err == nil || err.Error() != "webhookhook: http://chat.example: 1 of 1 lost: 1 shutdown; ends of runs among them: 1" {
				t.Errorf("took %v, returned %v", took, err)
			}
		})
	})
	t.Run("within its context", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.net.Refuse(true)
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
			defer cancel()
			if took, err := timed(t, ctx, h); took != 3500*time.Millisecond || err == nil {
				t.Errorf("took %v, returned %v", took, err)
			}
			checkTimes(t, "attempts", e.dialTimes(), 0, 1, 2, 3) // the pauses between them are cut short
		})
	})
	t.Run("with a finished context", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook()
			for i := range 5 {
				runOnce(t, fmt.Sprint("job ", i), errBoom, h)
			}
			if took, err := timed(t, closing.Done(), h); took > 100*time.Millisecond || err == nil {
				t.Errorf("took %v, returned %v", took, err)
			}
			if s := h.Stats(); s.Pending != 0 {
				t.Errorf("stats %+v", s)
			}
		})
	})
	t.Run("does not wait beyond its deadline", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.handle(func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
			})
			h := e.hook()
			runOnce(t, "a", errBoom, h)
			runOnce(t, "b", errBoom, h)
			synctest.Wait()
			if took, err := timed(t, context.Background(), h); took != 0 || err == nil {
				t.Errorf("took %v, returned %v", took, err)
			}
			checkTimes(t, "attempts", e.arrivals(), 0) // 429 is never answered with another attempt
		})
	})
	t.Run("does not wait for a backoff", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			e.net.Refuse(true)
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			time.Sleep(40 * time.Second) // the next attempt would be at 62 s
			e.net.Refuse(false)
			if took, err := timed(t, context.Background(), h); took != 0 || err != nil {
				t.Errorf("took %v, returned %v", took, err)
			}
			checkTimes(t, "attempts", e.arrivals(), 40)
		})
	})
	t.Run("a hundred at once, and again", func(t *testing.T) {
		inBubble(t, func(t *testing.T) {
			e := newEndpoint(t)
			h := e.hook()
			runOnce(t, "nightly", errBoom, h)
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() { checkShutdown(t, h, "") })
			}
			wg.Wait()
			checkShutdown(t, h, "")
			for range 3 { // dropped at once, not when their time comes
				runOnce(t, "nightly", errBoom, h)
				runOnce(t, "late", errBoom, h)
			}
			checkStats(t, h, 7, 1, 0, map[string]uint64{"closed": 6})
		})
	})
	t.Run("before anything was sent", func(t *testing.T) {
		inBubble(t, func(t *testing.T) { checkShutdown(t, newUnservedEndpoint(t).hook(), "") })
	})
	t.Run("at every moment of a run", func(t *testing.T) {
		for moment := range 12 {
			inBubble(t, func(t *testing.T) {
				e := newEndpoint(t)
				h := e.hook(webhookhook.WithEvents(webhookhook.RunStarted, webhookhook.RunFailed, webhookhook.FirstFailure))
				exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(1), core.WithContinueOnError())
				exec.Register(h)
				done := make(chan struct{})
				go func() {
					defer close(done)
					_ = core.ForEach(t.Context(), exec, make([]int, 10), func(context.Context, int) error {
						time.Sleep(time.Second)
						return errBoom
					})
				}()
				time.Sleep(time.Duration(moment) * time.Second)
				_ = h.Shutdown(context.Background())
				<-done
				s := h.Stats()
				sum := s.Delivered
				for _, n := range s.Dropped {
					sum += n
				}
				if s.Pending != 0 || s.Produced != sum {
					t.Errorf("shut down after %d s: %+v", moment, s)
				}
			})
		}
	})
}

// TestCanceledRunArrives cancels the context of a run with a cause, which is in the
// message.
func TestCanceledRunArrives(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		exec := core.NewExecutor(core.WithName("nightly"))
		exec.Register(h)
		ctx, cancel := context.WithCancelCause(t.Context())
		err := core.ForEach(ctx, exec, make([]int, 10), func(context.Context, int) error {
			cancel(errors.New("SIGTERM"))
			return nil
		})
		if err == nil {
			t.Fatal("the run was not cancelled")
		}
		checkShutdown(t, h, "")
		got := e.attempts()
		if len(got) != 1 || got[0].document(t).Event != "run_canceled" || !strings.Contains(string(got[0].body), "SIGTERM") {
			t.Errorf("arrived: %v", got)
		}
	})
}

// TestFlush sends ends that wait for their time, too. Executor.Shutdown calls Flush.
func TestFlush(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		e := newEndpoint(t)
		h := e.hook()
		exec := core.NewExecutor(core.WithName("nightly"), core.WithContinueOnError())
		exec.Register(h)
		for range 3 {
			_ = core.ForEach(t.Context(), exec, []int{0}, func(context.Context, int) error { return errBoom })
		}
		if err := exec.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		var merged []int
		for _, a := range e.attempts() {
			merged = append(merged, a.document(t).History.Merged)
		}
		if !slices.Equal(merged, []int{0, 1}) {
			t.Errorf("arrived with %v runs merged", merged)
		}
		e.net.Refuse(true)
		runOnce(t, "other", errBoom, h)
		ctx, cancel := context.WithTimeout(t.Context(), 2500*time.Millisecond)
		defer cancel()
		start := time.Now()
		if err := h.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 2500*time.Millisecond {
			t.Errorf("Flush returned %v after %v", err, time.Since(start))
		}
		dropAll(h)
	})
}
