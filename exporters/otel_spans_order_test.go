package exporters_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/chunkscope/chunkscope/core"
)

// TestWhatMattersMostIsDroppedLast has more spans than the queues hold, and a
// collector that takes its time. The spans of runs and of slow and failed chunks
// arrive.
func TestWhatMattersMostIsDroppedLast(t *testing.T) {
	for _, c := range []struct{ runs, chunks int }{{4, 1000}, {20, 300}} {
		t.Run(fmt.Sprint(c.runs), func(t *testing.T) {
			toCollector(t)
			synctest.Test(t, func(t *testing.T) {
				collector := newSpanCollector(t, slowly(500*time.Millisecond))
				s := newSpanSuite(t)
				burst(t.Context(), s.Hook(), c.runs, c.chunks)
				err := s.Shutdown(t.Context())
				if err == nil || lost(statsOf(t, s, "otelhook")) < 500 {
					t.Errorf("few spans are lost: %v", err)
				}
				for what, is := range map[string]func(*tracepb.Span) bool{"runs": isRun, "failed chunks": isFailed, "slow chunks": isSlow} {
					if n := collector.count(is); n != c.runs {
						t.Errorf("%d spans of %s arrived, want %d", n, what, c.runs)
					}
				}
			})
		})
	}
}

// TestRunsAreDroppedAfterFailedChunks has so many failed chunks that they fill
// every queue before the runs end.
func TestRunsAreDroppedAfterFailedChunks(t *testing.T) {
	toCollector(t)
	synctest.Test(t, func(t *testing.T) {
		const runs = 20
		collector := newSpanCollector(t, slowly(500*time.Millisecond))
		s := newSpanSuite(t)
		exec := core.NewExecutor(core.WithName("nightly"), core.WithChunkSize(1), core.WithContinueOnError())
		exec.Register(s.Hook())
		for range runs {
			_ = core.ForEach(t.Context(), exec, make([]int, 500), func(context.Context, int) error { return errBoom })
		}
		if err := s.Shutdown(t.Context()); err == nil || !strings.Contains(err.Error(), "queue_full") {
			t.Errorf("Shutdown returned %v", err)
		}
		if n := collector.count(isRun); n != runs {
			t.Errorf("%d of %d runs arrived", n, runs)
		}
	})
}
