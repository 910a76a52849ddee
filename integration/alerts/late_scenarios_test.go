package alerts_test

import (
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// daily is for a process whose runs are due every day.
var daily = promhook.WithExpectedInterval(day)

// lateScenarios are about runs that do not come.
var lateScenarios = []*scenario{
	{
		name: "a daily run of an hour, and then none for three days",
		fires: []string{
			"RunLate critical import 2d4h5m..",
		},
		script: func(w *world) {
			p := w.start("a", daily)
			p.run(p.executor("import"), 720, tenSeconds)
			w.pass(65 * minute)
			w.idle(48*hour, hour)
			w.pass(2 * hour)
			w.idle(21*hour, hour)
		},
	},
	{
		name: "runs without a stated interval, and then none for three days",
		near: "RunLate",
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			w.idle(3*day, 6*hour)
		},
	},
	{
		name: "a daily run fails every day from the first one on",
		fires: []string{
			"RunFailed warning import 2m..",
			"RunLate critical import 2d6m..",
		},
		script: func(w *world) {
			p := w.start("a", daily)
			e := p.executor("import")
			p.run(e, 12, fails)
			w.pass(5 * minute)
			w.idle(day, 6*hour)
			p.run(e, 12, fails)
			w.idle(23*hour, hour)
			w.pass(2 * hour)
		},
	},
	{
		name: "a daily job fails in a pod of its own for 12 days",
		fires: []string{
			"RunFailed warning import 1d7m..",
			"RunLate critical import 2d15m..",
		},
		script: func(w *world) {
			p := w.start("z", daily)
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			p.end()
			for _, pod := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"} {
				w.idle(day, 6*hour)
				p := w.start(pod, daily)
				p.run(p.executor("import"), 12, fails)
				w.pass(5 * minute)
				p.end()
			}
		},
	},
	{
		name: "a run that is due every twelve hours stands still for 30",
		fires: []string{
			"ChunkStuck warning import 55m..",
			"RunLate critical import 1d1h15m..",
			"RunSlow warning import 1h15m..",
			"RunStalled critical import 1h15m..",
		},
		script: func(w *world) {
			p := w.start("a", promhook.WithExpectedInterval(12*hour))
			e := p.executor("import", core.WithHeartbeat(minute))
			p.run(e, 240, tenSeconds)
			w.pass(25 * minute)
			p.run(e, 240, hang(0, 2, 2*day))
			w.step = 10 * minute
			w.pass(30 * hour)
		},
	},
	{
		name: "a pod every three days, and then none",
		fires: []string{
			"RunLate critical import 9d6h10m..11d10m",
		},
		script: func(w *world) {
			for range 2 {
				p := w.start("a", promhook.WithExpectedInterval(3*day))
				p.run(p.executor("import"), 12, tenSeconds)
				w.pass(5 * minute)
				p.end()
				w.idle(3*day, 12*hour)
			}
			w.idle(6*day, 6*hour)
		},
	},
	{
		name: "a pod every four days, one of them a day late",
		near: "RunLate ExecutorGone",
		script: func(w *world) {
			for _, rest := range []time.Duration{4 * day, 5 * day, hour} {
				p := w.start("a", promhook.WithExpectedInterval(4*day))
				p.run(p.executor("import"), 12, tenSeconds)
				w.pass(5 * minute)
				p.end()
				w.idle(rest, 6*hour)
			}
		},
	},
	{
		name: "runs were due every day, and since a restart every hour",
		fires: []string{
			"RunLate critical import 2h15m..",
		},
		script: func(w *world) {
			p := w.start("a", daily)
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			p.end()
			p = w.start("a", promhook.WithExpectedInterval(hour))
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			w.idle(2*hour, hour)
			w.pass(10 * minute)
		},
	},
	{
		name: "a scrape meets the first run before its start is noted",
		near: "RunLate",
		fires: []string{
			"RunFailed warning import 3m..",
		},
		script: func(w *world) {
			p := w.start("a", daily)
			p.hook.OnItemFailure(p.ctx, core.ItemFailure{Executor: "import", Outcome: core.OutcomeError}) // makes the series, and no run
			w.pass(minute)
			p.run(p.executor("import"), 12, fails)
			w.pass(20 * minute)
		},
	},
	{
		name: "a pod every day for 15 days, and then none",
		fires: []string{
			"ExecutorGone warning import 15d3h0m..22d6h0m",
		},
		script: func(w *world) {
			everyDay(w, 15, 1)
			w.idle(2*day, hour)
			w.idle(8*day, 6*hour)
		},
	},
	{
		name: "a pod every working day for three weeks",
		near: "ExecutorGone",
		script: func(w *world) {
			for range 3 {
				everyDay(w, 5, 1)
				w.idle(2*day, 6*hour)
			}
		},
	},
	{
		name:   "a pod every other day for two weeks",
		near:   "ExecutorGone",
		script: func(w *world) { everyDay(w, 16, 2) },
	},
	{
		name: "a pod every week for three weeks, and then none",
		fires: []string{
			"ExecutorGone warning import 21d3h0m..22d1h0m",
		},
		script: func(w *world) {
			everyDay(w, 21, 7)
			w.idle(2*day, hour)
			w.idle(2*day, 6*hour)
		},
	},
	{
		name: "a pod every day for six days, and then none",
		near: "ExecutorGone",
		script: func(w *world) {
			everyDay(w, 6, 1)
			w.idle(11*day, 6*hour)
		},
	},
}

// everyDay runs a pod for an hour on each day, or each of so many.
func everyDay(w *world, days, each int) {
	for d := range days {
		if d%each != 0 {
			w.idle(day, 6*hour)
			continue
		}
		p := w.start("a")
		p.run(p.executor("import"), 12, tenSeconds)
		w.idle(hour, hour)
		p.end()
		w.idle(hour, hour)
		w.idle(22*hour, 11*hour)
	}
}
