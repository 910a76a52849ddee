package uihook_test

import (
	"context"
	"errors"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// A run that tolerated its failures needs no attention, however many they are. The
// page lists them all the same.
func TestAPartialRunNeedsNoAttention(t *testing.T) {
	for name, test := range map[string]struct {
		limit     float64
		state     string
		attention int
	}{"within": {0.2, "partial", 0}, "beyond": {0.01, "error", 1}} {
		h := newHook(t)
		exec := core.NewExecutor(core.WithName("nightly"), core.WithWorkers(1), core.WithMaxFailedRatio(test.limit))
		exec.Register(h)
		items := make([]int, 1000)
		for i := range items {
			items[i] = i
		}
		_ = core.ForEach(t.Context(), exec, items, func(_ context.Context, i int) error {
			if i%10 == 9 {
				return errors.New("bad row")
			}
			return nil
		})
		s := readSnapshot(t, h)
		if s.Run.State != test.state || s.Run.ItemsFailed == 0 || (len(s.Attention) > 0) != (test.attention > 0) {
			t.Errorf("%s: %s, %d failed, attention %+v", name, s.Run.State, s.Run.ItemsFailed, s.Attention)
		}
		if page := get(t, h, "/").text; test.attention == 0 {
			wantPart(t, page, "partial")
			wantPart(t, page, "bad row")
		}
	}
}
