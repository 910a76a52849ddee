package statsdhook_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/statsdhook"
)

// The counters of the tests of this package. runAllOutcomes adds to the first.
var (
	testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")
	_          = core.NewCounter("tested_unused", "", "Nothing.")
)

// TestCountersAreExactInASample checks that a sample of chunks does not leave out what
// they added to counters, and that counters are sent at 0 first.
func TestCountersAreExactInASample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial), statsdhook.WithSampleRate(0.01))
		e := core.NewExecutor(core.WithName("a"), core.WithChunkSize(1))
		e.Register(h)
		_ = core.ForEach(t.Context(), e, make([]int, 500), func(ctx context.Context, _ int) error { testedRows.Add(ctx, 2); return nil })
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		s.reading.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		if got := s.totals["chunkscope.tested_rows executor=a"]; got != 1000 {
			t.Errorf("%v rows arrived, want 1000: %v", got, s.totals)
		}
		if got, sent := s.totals["chunkscope.tested_unused executor=a"]; !sent || got != 0 {
			t.Errorf("the unused counter is %v (there: %v)", got, sent)
		}
	})
}

// TestOwnNamesAreReserved checks that no counter can have the name of a metric, as other
// back ends write it.
func TestOwnNamesAreReserved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, statsdhook.DogStatsD)
		h := newHook(t, "127.0.0.1:8125", statsdhook.WithDial(s.dial))
		runAllOutcomes(t, h)
		if err := h.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		s.reading.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		for series := range s.totals {
			name, _, _ := strings.Cut(strings.TrimPrefix(series, "chunkscope."), " ")
			if strings.HasPrefix(name, "tested_") {
				continue
			}
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("a counter can be called %s", name)
					}
				}()
				core.NewCounter(strings.ReplaceAll(name, ".", "_"), "", "x")
			}()
		}
	})
}
