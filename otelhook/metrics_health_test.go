package otelhook_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// failingHook is a hook whose backend fails.
type failingHook struct{ core.Hook }

func (failingHook) HookName() string { return "failing" }
func (failingHook) Stats() core.HookStats {
	return core.HookStats{Produced: 10, Delivered: 4, Pending: 3, Errors: 7, Dropped: map[string]uint64{"queue_full": 2, "closed": 1}}
}

// panickingStats is a hook whose Stats panics.
type panickingStats struct{ core.Hook }

func (panickingStats) HookName() string      { return "panicking" }
func (panickingStats) Stats() core.HookStats { panic("stats") }

// TestStatsThatBreak checks that the program goes on, and that other hooks are
// read.
func TestStatsThatBreak(t *testing.T) {
	th := newTestHook(otelhook.WithStatsFrom(panickingStats{}, failingHook{}))
	var data metricdata.ResourceMetrics
	if err := th.reader.Collect(t.Context(), &data); err == nil || !strings.Contains(err.Error(), "panickingStats panicked: stats") {
		t.Errorf("Collect returned %v", err)
	}
	for _, m := range data.ScopeMetrics[0].Metrics {
		if m.Name == "chunkscope.hook.delivered" && values(m)["chunkscope.hook=failing"] != 4 {
			t.Errorf("%s is %v", m.Name, values(m))
		}
	}
}
