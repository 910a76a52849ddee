package alerts_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// scenario is a sequence of events with the alerts that it must cause.
type scenario struct {
	name        string
	script      func(*simulation)
	fires       []string // all alerts that fire, in the format of firingAlerts
	mustNotFire string   // alerts that must not fire here, although little is missing
	pushgateway bool     // the scenario needs a Pushgateway
	places      places   // where its processes run

	once     sync.Once
	recorded *history // all scrapes, and the records of the rules
}

// run simulates the scenario, once.
func (s *scenario) run(t *testing.T) *scenario {
	t.Helper()
	s.once.Do(func() {
		var g *prom.Gateway
		if s.pushgateway {
			g = prom.StartGateway(t)
		}
		records, _ := readRules(t)
		var err error
		if s.recorded, err = withRecords(t, simulate(t, g, s.places, s.script), records); err != nil {
			t.Fatal(err)
		}
	})
	if s.recorded == nil {
		t.Fatalf("%s: the simulation failed", s.name)
	}
	return s
}

var scenarios = slices.Concat(quietScenarios, chunkScenarios, stallScenarios, runScenarios, pushScenarios, outcomeScenarios, partialScenarios, lateScenarios,
	itemScenarios, idleScenarios, hookScenarios, identityScenarios, shardScenarios)

// TestScenarios runs all scenarios and compares the alerts that fire with the
// expected ones.
func TestScenarios(t *testing.T) {
	t.Parallel()
	_, alerts := readRules(t)
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			fired := firingAlerts(t, s.run(t).recorded, alerts)
			for _, d := range s.compare(fired, s.fires) {
				t.Error(d)
			}
			if wrong := s.wrongLabels(fired); len(wrong) > 0 {
				t.Errorf("alerts have other labels than their targets: %q", wrong)
			}
		})
	}
}
