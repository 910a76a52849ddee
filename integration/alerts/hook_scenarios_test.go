package alerts_test

import (
	"context"
	"maps"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// healthReporter is a hook that reports the health that a scenario sets.
type healthReporter struct{ stats core.HookStats }

func (*healthReporter) HookName() string { return "webhookhook" }

func (r *healthReporter) Stats() core.HookStats {
	stats := r.stats
	stats.Dropped = maps.Clone(stats.Dropped)
	return stats
}

// healthScenario is a scenario of one process with one completed run, and of
// the health of a hook in it.
func healthScenario(script func(w *simulation, s *core.HookStats)) func(*simulation) {
	return func(w *simulation) {
		r := &healthReporter{core.HookStats{Dropped: map[string]uint64{}}}
		p := w.startProcess("a", promhook.WithStatsFrom(r))
		p.run(p.executor("import"), 12, tenSecondChunks)
		w.advance(10 * minute)
		script(w, &r.stats)
	}
}

// panickingHook is a hook that panics at the start of each run.
type panickingHook struct{}

func (panickingHook) HookName() string { return "panicking" }

func (panickingHook) OnRunStart(context.Context, core.RunStart) context.Context { panic("panicking") }

// hookScenarios are scenarios of exporters that fail.
var hookScenarios = []*scenario{
	{
		name: "a hook gives up two messages within an hour, which no message was before",
		fires: []string{
			"HookDropping warning webhookhook gave_up 11m..1h51m",
		},
		script: healthScenario(func(w *simulation, s *core.HookStats) {
			s.Dropped["gave_up"] = 1
			w.advance(40 * minute)
			s.Dropped["gave_up"] = 2
			w.advance(70 * minute)
		}),
	},
	{
		name:        "progress is replaced by newer progress",
		mustNotFire: "HookDropping",
		script: healthScenario(func(w *simulation, s *core.HookStats) {
			for i := range 30 {
				s.Dropped["superseded"] = uint64(i)
				w.advance(minute)
			}
		}),
	},
	{
		name:        "the server is away for 20 hours after a hook gave up something, and then for more than a day",
		mustNotFire: "HookFailing",
		fires: []string{
			"HookDropping warning webhookhook gave_up 1m..1h1m",
			"HookFaulty warning import panicking 1m..1h1m",
			"HookDropping warning webhookhook gave_up 2d4h21m..2d5h21m",
			"HookFaulty warning import panicking 2d4h21m..2d5h21m",
		},
		script: func(w *simulation) {
			r := &healthReporter{core.HookStats{Dropped: map[string]uint64{}}}
			p := w.startProcess("a", promhook.WithStatsFrom(r))
			e := p.executor("import")
			e.Register(panickingHook{})
			r.stats.Dropped["gave_up"] = 3
			p.run(e, 12, tenSecondChunks)
			w.advance(70 * minute)
			for _, away := range []time.Duration{20 * hour, 30 * hour} {
				w.processes = nil
				w.advanceIdle(away, 5*hour)
				w.processes = []*process{p}
				w.advance(70 * minute)
			}
		},
	},
	{
		name: "a process that gave up something restarts, and then gives up something at once",
		fires: []string{
			"HookDropping warning webhookhook gave_up 1m..1h1m",
			"HookDropping warning webhookhook gave_up 1h21m..2h21m",
		},
		script: func(w *simulation) {
			r := &healthReporter{core.HookStats{Dropped: map[string]uint64{"gave_up": 3}}}
			w.startProcess("a", promhook.WithStatsFrom(r)).end()
			p := w.startProcess("a", promhook.WithStatsFrom(r))
			w.advance(70 * minute)
			p.end()
			r = &healthReporter{core.HookStats{Dropped: map[string]uint64{}}}
			w.startProcess("a", promhook.WithStatsFrom(r))
			w.advance(10 * minute)
			r.stats.Dropped["gave_up"] = 1
			w.advance(70 * minute)
		},
	},
	{
		name: "an endpoint is down for 40 minutes",
		fires: []string{
			"HookFailing warning webhookhook 27m..54m",
		},
		script: healthScenario(func(w *simulation, s *core.HookStats) {
			for range 40 {
				s.Errors += 2
				w.advance(minute)
			}
			w.advance(20 * minute)
		}),
	},
	{
		name:        "an endpoint is down for eight minutes, every half hour",
		mustNotFire: "HookFailing",
		script: healthScenario(func(w *simulation, s *core.HookStats) {
			for range 2 {
				for range 8 {
					s.Errors += 3
					w.advance(minute)
				}
				w.advance(22 * minute)
			}
		}),
	},
	{
		name:        "an endpoint fails twice in five minutes, for an hour",
		mustNotFire: "HookFailing",
		script: healthScenario(func(w *simulation, s *core.HookStats) {
			for i := range 60 {
				if i%5 < 2 {
					s.Errors++
				}
				w.advance(minute)
			}
		}),
	},
	{
		name: "a hook panics, in two runs of one executor",
		fires: []string{
			"HookFaulty warning import panicking 1m..1h41m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			e.Register(panickingHook{})
			p.run(e, 12, tenSecondChunks)
			w.advance(40 * minute)
			p.run(e, 12, tenSecondChunks)
			w.advance(70 * minute)
		},
	},
}
