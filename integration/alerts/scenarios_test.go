package alerts_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// scenario is what happens, and what is told of it.
type scenario struct {
	name        string
	script      func(*simulation)
	fires       []string // all alerts that fire, as evaluate returns them
	mustNotFire string   // alerts that must not fire here, though little is missing
	pushgateway bool     // there is a Pushgateway

	once     sync.Once
	recorded *history // what was scraped, and what the rules record of it
}

// played plays the scenario, once.
func (s *scenario) run(t *testing.T) *scenario {
	t.Helper()
	s.once.Do(func() {
		var g *prom.Gateway
		if s.pushgateway {
			g = prom.StartGateway(t)
		}
		records, _ := readRules(t)
		s.recorded = withRecords(t, simulate(t, g, s.script), records)
	})
	if s.recorded == nil {
		t.Fatalf("%s: could not be played", s.name)
	}
	return s
}

var scenarios = slices.Concat(quietScenarios, chunkScenarios, runScenarios, lateScenarios, itemScenarios, hookScenarios)

// TestScenarios plays all scenarios, and compares what fires with what should.
func TestScenarios(t *testing.T) {
	t.Parallel()
	_, alerts := readRules(t)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			if got := firingAlerts(t, s.run(t).recorded, alerts); !slices.Equal(got, s.fires) {
				t.Errorf("fired %q\nwant  %q", got, s.fires)
			}
		})
	}
}
