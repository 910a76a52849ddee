package alerts_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// scenario is what happens, and what is told of it.
type scenario struct {
	name   string
	script func(*world)
	fires  []string // all alerts that fire, as evaluate returns them
	near   string   // alerts that must not fire here, though little is missing
	pushes bool     // there is a Pushgateway

	once     sync.Once
	scraped  *history
	recorded *history // what was scraped, and what the rules record of it
}

// played plays the scenario, once.
func (s *scenario) played(t *testing.T) *scenario {
	t.Helper()
	s.once.Do(func() {
		var g *prom.Gateway
		if s.pushes {
			g = prom.StartGateway(t)
		}
		records, _ := written(t)
		s.scraped = play(t, g, s.script)
		s.recorded = record(t, s.scraped, records)
	})
	if s.recorded == nil {
		t.Fatalf("%s: could not be played", s.name)
	}
	return s
}

var scenarios = slices.Concat(quietScenarios, chunkScenarios, runScenarios, lateScenarios, itemScenarios, hookScenarios)

// TestScenarios plays all scenarios, and compares what fires with what should.
func TestScenarios(t *testing.T) {
	_, alerts := written(t)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if got := fired(t, s.played(t).recorded, alerts); !slices.Equal(got, s.fires) {
				t.Errorf("fired %q\nwant  %q", got, s.fires)
			}
		})
	}
}
