package otelhook_test

import (
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/otelhook"
)

// panicking is a hook whose Stats panics.
type panicking struct{ core.Hook }

func (panicking) HookName() string      { return "panicking" }
func (panicking) Stats() core.HookStats { panic("stats") }

// TestStatsThatPanic demands that the program lives, and other hooks are read.
func TestStatsThatPanic(t *testing.T) {
	p := newProbe(otelhook.WithStatsFrom(panicking{}, sick{}))
	var data metricdata.ResourceMetrics
	if err := p.reader.Collect(t.Context(), &data); err == nil || !strings.Contains(err.Error(), "panicking panicked: stats") {
		t.Errorf("Collect tells %v", err)
	}
	for _, m := range data.ScopeMetrics[0].Metrics {
		if m.Name == "chunkscope.hook.delivered" && values(m)["chunkscope.hook=sick"] != 4 {
			t.Errorf("%s is %v", m.Name, values(m))
		}
	}
}
