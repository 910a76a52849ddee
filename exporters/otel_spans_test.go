package exporters_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/exporters"
)

// newSpanSuite returns a suite that sends spans alone. Its log is discarded.
func newSpanSuite(t *testing.T, opts ...exporters.Option) *exporters.Suite {
	t.Helper()
	return newSuite(t, append([]exporters.Option{exporters.WithOTel(), quiet()}, opts...)...)
}

// burst runs jobs at once, each of chunks that take no time but for one that is
// slow and one that fails. It returns how many spans they make.
func burst(ctx context.Context, hook core.Hook, runs, chunks int) int {
	var all sync.WaitGroup
	for range runs {
		all.Go(func() {
			exec := core.NewExecutor(core.WithName("nightly"), core.WithChunkSize(1), core.WithWorkers(4), core.WithContinueOnError())
			exec.Register(hook)
			items := make([]int, chunks)
			for i := range items {
				items[i] = i
			}
			_ = core.ForEach(ctx, exec, items, func(_ context.Context, i int) error {
				switch i {
				case chunks / 3:
					time.Sleep(time.Millisecond)
				case chunks / 2:
					return errBoom
				}
				return nil
			})
		})
	}
	all.Wait()
	return runs * (chunks + 1)
}

func isRun(s *tracepb.Span) bool { return s.GetName() == "run nightly" }
func isFailed(s *tracepb.Span) bool {
	return !isRun(s) && s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
}

func isSlow(s *tracepb.Span) bool {
	return s.GetEndTimeUnixNano()-s.GetStartTimeUnixNano() >= uint64(time.Millisecond) && !isRun(s)
}

// slowly answers after a time. A client that does not wait for it has sent nothing.
func slowly(d time.Duration) func(http.ResponseWriter, *http.Request, []*tracepb.Span) int {
	return func(_ http.ResponseWriter, r *http.Request, spans []*tracepb.Span) int {
		select {
		case <-time.After(d):
			return 0
		case <-r.Context().Done():
			return len(spans)
		}
	}
}

// lost returns how many spans a hook has dropped.
func lost(stats core.HookStats) (n uint64) {
	for _, dropped := range stats.Dropped {
		n += dropped
	}
	return n
}

// TestSpansAreConserved asserts produced = arrived + dropped by reason after
// Shutdown, whatever the collector does, and that the error of Shutdown is the
// same.
func TestSpansAreConserved(t *testing.T) {
	for _, c := range []struct {
		name         string
		runs, chunks int
		answer       func(http.ResponseWriter, *http.Request, []*tracepb.Span) int
		refuse       bool
		limit        time.Duration // of Shutdown
		reasons      string        // all of those that are there
	}{
		{"healthy", 2, 500, nil, false, 0, ""},
		{"slow", 4, 900, slowly(500 * time.Millisecond), false, 0, "queue_full"},
		{"too slow", 4, 900, slowly(5 * time.Second), false, 0, "queue_full shutdown"},
		{"never answers", 2, 500, slowly(time.Hour), false, 3 * time.Second, "shutdown"},
		{"no time", 2, 500, nil, false, -1, "shutdown"},
		{"gone", 2, 500, nil, true, 0, "send_error"},
		{"overloaded", 2, 500, func(w http.ResponseWriter, _ *http.Request, spans []*tracepb.Span) int {
			w.WriteHeader(http.StatusServiceUnavailable)
			return len(spans)
		}, false, 0, "shutdown"}, // which the exporter tries again
		{"refuses", 2, 500, func(w http.ResponseWriter, _ *http.Request, spans []*tracepb.Span) int {
			w.WriteHeader(http.StatusBadRequest)
			return len(spans)
		}, false, 0, "send_error"},
		{"answers garbage", 2, 500, func(w http.ResponseWriter, _ *http.Request, _ []*tracepb.Span) int {
			_, _ = w.Write([]byte("\xff<html>"))
			return 0
		}, false, 0, ""},
		{"rejects some", 2, 500, func(w http.ResponseWriter, _ *http.Request, _ []*tracepb.Span) int {
			respond(w, 7, "too old")
			return 7
		}, false, 0, "rejected"},
		{"rejects all", 2, 500, func(w http.ResponseWriter, _ *http.Request, spans []*tracepb.Span) int {
			respond(w, len(spans)+1, "")
			return len(spans)
		}, false, 0, "rejected"},
		{"warns", 2, 500, func(w http.ResponseWriter, _ *http.Request, _ []*tracepb.Span) int { respond(w, 0, "use v2"); return 0 }, false, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			toCollector(t)
			synctest.Test(t, func(t *testing.T) {
				collector := newSpanCollector(t, c.answer)
				collector.net.Refuse(c.refuse)
				s := newSpanSuite(t)
				made := burst(t.Context(), s.Hook(), c.runs, c.chunks)
				ctx := t.Context()
				if c.limit != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.limit)
					defer cancel()
				}
				err := s.Shutdown(ctx)
				stats := statsOf(t, s, "otelhook")
				if int(stats.Produced) != made || stats.Delivered != uint64(len(collector.arrived())) || stats.Pending != 0 || stats.Delivered+lost(stats) != stats.Produced {
					t.Errorf("%d of %d spans arrived; stats %+v", len(collector.arrived()), made, stats)
				}
				for _, reason := range strings.Fields(c.reasons) {
					if stats.Dropped[reason] == 0 {
						t.Errorf("nothing is dropped with the reason %s: %+v", reason, stats)
					}
				}
				if len(stats.Dropped) != len(strings.Fields(c.reasons)) || (err != nil) != (c.reasons != "") {
					t.Errorf("dropped %v, Shutdown returned %v", stats.Dropped, err)
				}
				if want := fmt.Sprintf("otelhook: %d of %d spans lost: ", lost(stats), made); err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("Shutdown returned %v, want %s", err, want)
				}
			})
		})
	}
}

// TestFullQueueIsCountedAtOnce holds that a dropped span counts when it is dropped,
// not at the end, and that one that waits is pending.
func TestFullQueueIsCountedAtOnce(t *testing.T) {
	toCollector(t)
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		collector := newSpanCollector(t, func(http.ResponseWriter, *http.Request, []*tracepb.Span) int { <-release; return 0 })
		s := newSpanSuite(t)
		made := burst(t.Context(), s.Hook(), 1, 100)
		synctest.Wait()
		// The batches of 10 and 5 are being exported, and as many spans wait.
		if stats := statsOf(t, s, "otelhook"); int(stats.Produced) != made || stats.Pending > 30 || stats.Pending < 20 || stats.Dropped["queue_full"] != stats.Produced-stats.Pending {
			t.Errorf("stats %+v of %d spans", stats, made)
		}
		close(release)
		if err := s.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "queue_full") {
			t.Errorf("Shutdown returned %v", err)
		}
		stats := statsOf(t, s, "otelhook")
		if stats.Pending != 0 || int(stats.Delivered) != len(collector.arrived()) || stats.Delivered+lost(stats) != stats.Produced {
			t.Errorf("stats %+v after Shutdown", stats)
		}
	})
}

// TestFlushLosesNothing holds that a flush whose time is up leaves the export under
// way alone.
func TestFlushLosesNothing(t *testing.T) {
	toCollector(t)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000") // an export beside the flush would share a mutex with it
	synctest.Test(t, func(t *testing.T) {
		collector := newSpanCollector(t, slowly(2*time.Second))
		s := newSpanSuite(t)
		made := burst(t.Context(), s.Hook(), 1, 20)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		exec := core.NewExecutor()
		exec.Register(s.Hook())
		if err := exec.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the flush returned %v", err)
		}
		if err := s.Shutdown(t.Context()); err != nil || len(collector.arrived()) != made {
			t.Errorf("Shutdown returned %v, %d of %d spans arrived", err, len(collector.arrived()), made)
		}
	})
}

// TestNothingToSend holds that a Shutdown without time has no loss to report when
// everything has arrived.
func TestNothingToSend(t *testing.T) {
	toCollector(t)
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			newSpanCollector(t, nil)
			s := newSpanSuite(t)
			burst(t.Context(), s.Hook(), 1, 10)
			time.Sleep(time.Minute)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := s.Shutdown(ctx); err != nil {
				t.Errorf("Shutdown returned %v; stats %+v", err, statsOf(t, s, "otelhook"))
			}
		})
	}
}

// TestSpansAfterShutdown holds that the spans of a run that goes on are counted as
// refused, also by their reason.
func TestSpansAfterShutdown(t *testing.T) {
	toCollector(t)
	synctest.Test(t, func(t *testing.T) {
		collector := newSpanCollector(t, nil)
		s := newSpanSuite(t)
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithChunkSize(1))
		exec.Register(s.Hook())
		if err := core.ForEach(t.Context(), exec, make([]int, 9), func(context.Context, int) error { return s.Shutdown(t.Context()) }); err != nil {
			t.Errorf("nothing is lost, and Shutdown returned %v", err)
		}
		stats := statsOf(t, s, "otelhook")
		if stats.Produced != 10 || stats.Dropped["closed"] != 10 || stats.Pending != 0 || len(collector.arrived()) != 0 {
			t.Errorf("stats %+v, %d spans arrived", stats, len(collector.arrived()))
		}
	})
}

// TestRejectedAreLost counts seven rejected spans as seven, and none for a warning,
// with the exporters for both protocols; the rest of the answers is in
// TestSpansAreConserved.
func TestRejectedAreLost(t *testing.T) {
	for rejected, want := range map[int]string{0: "<nil>", 7: "otelhook: 7 of 21 spans lost: 7 rejected"} {
		for protocol, serve := range map[string]func(*testing.T, int) string{"http/protobuf": serveHTTP, "grpc": serveGRPC} {
			t.Run(fmt.Sprint(protocol, rejected), func(t *testing.T) {
				t.Setenv("OTEL_METRICS_EXPORTER", "none")
				t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
				t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", serve(t, rejected))
				var log syncBuffer
				s := newSpanSuite(t, exporters.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				burst(t.Context(), s.Hook(), 1, 20)
				if err := s.Shutdown(t.Context()); fmt.Sprint(err) != want {
					t.Errorf("Shutdown returned %v, want %s", err, want)
				}
				stats := statsOf(t, s, "otelhook")
				if stats.Produced != 21 || int(stats.Delivered) != 21-rejected || int(stats.Dropped["rejected"]) != rejected {
					t.Errorf("stats %+v", stats)
				}
				contains(t, "the log", log.String(), "use v2")
			})
		}
	}
}
