package otelhook_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// checkStats compares the health of a hook, and checks that it adds up.
func checkStats(t *testing.T, got, want core.HookStats) {
	t.Helper()
	sum := got.Delivered + got.Pending
	for _, n := range got.Dropped {
		sum += n
	}
	if len(got.Dropped) == 0 {
		got.Dropped = nil
	}
	if !reflect.DeepEqual(got, want) || sum != got.Produced {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// TestEndedSpansAreDelivered checks that a span counts once it has ended, if its
// provider keeps it.
func TestEndedSpansAreDelivered(t *testing.T) {
	th := newTestHook()
	runDoubling(t, th)
	checkStats(t, th.Stats(), core.HookStats{Produced: 4, Delivered: 4})
	if got := values(th.collect(t)["chunkscope.hook.delivered"]); got["chunkscope.hook=otelhook"] != 4 {
		t.Errorf("exported %v", got)
	}
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))
	for _, opt := range []otelhook.Option{otelhook.WithTracerProvider(never), otelhook.WithoutTracing()} {
		th := newTestHook(opt)
		runDoubling(t, th)
		checkStats(t, th.Stats(), core.HookStats{})
	}
}

// rejection is a partial success.
type rejection struct{ error }

func (rejection) Rejected() int { return 7 }

// warning is a success with a message.
type warning struct{ error }

func (warning) Rejected() int { return 0 }

// TestReportedSpans checks the counts of every report, and what is logged.
func TestReportedSpans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		th := newTestHook(otelhook.WithLogger(textLogger(&log)))
		runDoubling(t, th) // the provider does not report: the reports count from here on
		th.SpansEnded(100)
		checkStats(t, th.Stats(), core.HookStats{Produced: 100, Pending: 100})
		th.SpansDropped(10, "queue_full")
		checkStats(t, th.Stats(), core.HookStats{Produced: 100, Pending: 90, Dropped: map[string]uint64{"queue_full": 10}})
		if log.Len() > 0 {
			t.Errorf("a worker has logged %q", &log)
		}
		th.SpansExported(20, nil)
		time.Sleep(time.Hour)
		th.SpansExported(20, nil) // 50 are pending, so the queue may still be full
		time.Sleep(time.Hour)
		th.SpansExported(20, fmt.Errorf("export: %w", warning{errors.New("use v2")}))
		time.Sleep(time.Hour)
		th.SpansExported(20, rejection{errors.New("too old")})
		time.Sleep(time.Hour)
		th.SpansExported(10, nil)
		th.SpansEnded(1)
		th.SpansDropped(1, "closed")
		th.SpansDropped(-1, "queue_full")
		th.SpansEnded(-1)
		checkStats(t, th.Stats(), core.HookStats{Produced: 101, Delivered: 83, Errors: 1, Dropped: map[string]uint64{"queue_full": 10, "rejected": 7, "closed": 1}})
		if err := th.Shutdown(t.Context()); fmt.Sprint(err) != "otelhook: 17 of 100 spans lost: 10 queue_full, 7 rejected" {
			t.Errorf("Shutdown returned %v", err)
		}
		want := `level=WARN msg="otelhook: spans are lost" reason=queue_full
level=WARN msg="otelhook: the backend takes spans with a warning" error="export: use v2"
level=WARN msg="otelhook: spans are lost" reason=rejected error="too old"
level=INFO msg="otelhook: spans are exported again"
`
		if log.String() != want {
			t.Errorf("logged\n%swant\n%s", &log, want)
		}
	})
}

// TestRejectedIsBounded checks a backend that rejects more than it got, or fewer
// than nothing.
func TestRejectedIsBounded(t *testing.T) {
	th := newTestHook(otelhook.WithLogger(slog.New(slog.DiscardHandler)))
	th.SpansExported(5, rejection{errors.New("all of them, and more")})
	checkStats(t, th.Stats(), core.HookStats{Produced: 5, Errors: 1, Dropped: map[string]uint64{"rejected": 5}})
	if err := th.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "5 of 5 spans lost") {
		t.Errorf("Shutdown returned %v", err)
	}
}

// TestStatsAddUpAtAnyInstant reads them while spans end, are dropped and exported.
func TestStatsAddUpAtAnyInstant(t *testing.T) {
	th := newTestHook(otelhook.WithLogger(slog.New(slog.DiscardHandler)))
	var workers, reader sync.WaitGroup
	done := make(chan struct{})
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				got := th.Stats()
				if sum := got.Delivered + got.Pending + got.Dropped["queue_full"]; sum != got.Produced || got.Pending > 8 {
					t.Errorf("stats %+v", got)
				}
			}
		}
	})
	for range 8 {
		workers.Go(func() {
			for i := range 1000 {
				th.SpansEnded(1)
				if i%2 == 0 {
					th.SpansExported(1, nil)
				} else {
					th.SpansDropped(1, "queue_full")
				}
			}
		})
	}
	workers.Wait()
	close(done)
	reader.Wait()
	checkStats(t, th.Stats(), core.HookStats{Produced: 8000, Delivered: 4000, Dropped: map[string]uint64{"queue_full": 4000}})
}
