package alerts_test

import (
	"context"
	"maps"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// reporter is a hook whose health is what a scenario says.
type reporter struct{ stats core.HookStats }

func (*reporter) HookName() string { return "webhookhook" }

func (r *reporter) Stats() core.HookStats {
	stats := r.stats
	stats.Dropped = maps.Clone(stats.Dropped)
	return stats
}

// reported is a scenario of one process and of the health of a hook in it, which has run once.
func reported(script func(w *world, s *core.HookStats)) func(*world) {
	return func(w *world) {
		r := &reporter{core.HookStats{Dropped: map[string]uint64{}}}
		p := w.start("a", promhook.WithStatsFrom(r))
		p.run(p.executor("import"), 12, tenSeconds)
		w.pass(10 * minute)
		script(w, &r.stats)
	}
}

// clumsy is a hook that panics whenever a run starts.
type clumsy struct{}

func (clumsy) HookName() string { return "clumsy" }

func (clumsy) OnRunStart(context.Context, core.RunStart) context.Context { panic("clumsy") }

// hookScenarios are about exporters that fail.
var hookScenarios = []*scenario{
	{
		name: "a hook gives up two messages within an hour, which no message was before",
		fires: []string{
			"HookDropping warning webhookhook gave_up 11m..1h51m",
		},
		script: reported(func(w *world, s *core.HookStats) {
			s.Dropped["gave_up"] = 1
			w.pass(40 * minute)
			s.Dropped["gave_up"] = 2
			w.pass(70 * minute)
		}),
	},
	{
		name: "progress is replaced by newer progress",
		near: "HookDropping",
		script: reported(func(w *world, s *core.HookStats) {
			for i := range 30 {
				s.Dropped["superseded"] = uint64(i)
				w.pass(minute)
			}
		}),
	},
	{
		name: "the server is away for half an hour, after a hook gave up something",
		near: "HookDropping HookFaulty HookFailing RunStalled",
		fires: []string{
			"HookDropping warning webhookhook gave_up 1m..1h1m",
			"HookFaulty warning import clumsy 1m..1h1m",
		},
		script: func(w *world) {
			r := &reporter{core.HookStats{Dropped: map[string]uint64{}}}
			p := w.start("a", promhook.WithStatsFrom(r))
			e := p.executor("import")
			e.Register(clumsy{})
			r.stats.Dropped["gave_up"] = 3
			p.run(e, 12, tenSeconds)
			w.pass(70 * minute)
			w.processes = nil
			w.pass(30 * minute)
			w.processes = []*process{p}
			w.pass(30 * minute)
		},
	},
	{
		name: "a process that gave up something restarts, and then gives up something at once",
		fires: []string{
			"HookDropping warning webhookhook gave_up 1h21m..2h21m",
			"HookDropping warning webhookhook gave_up 1m..1h1m",
		},
		script: func(w *world) {
			r := &reporter{core.HookStats{Dropped: map[string]uint64{"gave_up": 3}}}
			w.start("a", promhook.WithStatsFrom(r)).end()
			p := w.start("a", promhook.WithStatsFrom(r))
			w.pass(70 * minute)
			p.end()
			r = &reporter{core.HookStats{Dropped: map[string]uint64{}}}
			w.start("a", promhook.WithStatsFrom(r))
			w.pass(10 * minute)
			r.stats.Dropped["gave_up"] = 1
			w.pass(70 * minute)
		},
	},
	{
		name: "an endpoint is down for 40 minutes",
		fires: []string{
			"HookFailing warning webhookhook 27m..54m",
		},
		script: reported(func(w *world, s *core.HookStats) {
			for range 40 {
				s.Errors += 2
				w.pass(minute)
			}
			w.pass(20 * minute)
		}),
	},
	{
		name: "an endpoint is down for eight minutes, every half hour",
		near: "HookFailing",
		script: reported(func(w *world, s *core.HookStats) {
			for range 2 {
				for range 8 {
					s.Errors += 3
					w.pass(minute)
				}
				w.pass(22 * minute)
			}
		}),
	},
	{
		name: "an endpoint fails twice in five minutes, for an hour",
		near: "HookFailing",
		script: reported(func(w *world, s *core.HookStats) {
			for i := range 60 {
				if i%5 < 2 {
					s.Errors++
				}
				w.pass(minute)
			}
		}),
	},
	{
		name: "a hook panics, in two runs of one executor",
		fires: []string{
			"HookFaulty warning import clumsy 1m..1h41m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			e.Register(clumsy{})
			p.run(e, 12, tenSeconds)
			w.pass(40 * minute)
			p.run(e, 12, tenSeconds)
			w.pass(70 * minute)
		},
	},
}
