package otelhook_test

import (
	"runtime"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// failingHook is a hook whose backend fails.
type failingHook struct{ core.Hook }

func (*failingHook) HookName() string { return "failing" }
func (*failingHook) Stats() core.HookStats {
	return core.HookStats{Produced: 10, Delivered: 4, Pending: 3, Errors: 7, Dropped: map[string]uint64{"queue_full": 2, "closed": 1}}
}

// brokenStats is a hook whose Stats panics or calls runtime.Goexit.
type brokenStats struct {
	core.Hook
	stats func() core.HookStats
}

func (*brokenStats) HookName() string        { return "broken" }
func (b *brokenStats) Stats() core.HookStats { return b.stats() }

// TestStatsThatBreak checks that the program goes on, and that other hooks are
// read.
func TestStatsThatBreak(t *testing.T) {
	for want, stats := range map[string]func() core.HookStats{
		"panic: stats":              func() core.HookStats { panic("stats") },
		"runtime.Goexit was called": func() core.HookStats { runtime.Goexit(); return core.HookStats{} },
	} {
		th := newTestHook(otelhook.WithStatsFrom(&brokenStats{stats: stats}, &failingHook{}))
		var data metricdata.ResourceMetrics
		if err := th.reader.Collect(t.Context(), &data); err == nil || !strings.Contains(err.Error(), "otelhook: method Stats of a *otelhook_test.brokenStats: "+want) {
			t.Errorf("Collect returned %v, want %q", err, want)
		}
		delivered := 0.0
		for _, m := range data.ScopeMetrics[0].Metrics {
			if m.Name == "chunkscope.hook.delivered" {
				delivered = values(m)["chunkscope.hook=failing"]
			}
		}
		if delivered != 4 {
			t.Errorf("%s: the other hook has delivered %v", want, delivered)
		}
	}
}

// TestStatsFromNil checks that nil hooks are left out, and that a hook that is
// given twice is read once.
func TestStatsFromNil(t *testing.T) {
	h := &failingHook{}
	th := newTestHook(otelhook.WithStatsFrom(nil, (*failingHook)(nil), (*brokenStats)(nil), h), otelhook.WithStatsFrom(h))
	if got := values(th.collect(t)["chunkscope.hook.delivered"]); len(got) != 2 || got["chunkscope.hook=failing"] != 4 {
		t.Errorf("delivered %v", got)
	}
	none := newTestHook(otelhook.WithoutTracing(), otelhook.WithStatsFrom((*failingHook)(nil)))
	startActiveRun(none)
	if _, exists := none.collect(t)["chunkscope.hook.delivered"]; exists {
		t.Error("there are metrics of no hook")
	}
}
