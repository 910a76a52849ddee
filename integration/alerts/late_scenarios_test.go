package alerts_test

import (
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// daily are the options of a process whose runs are due every day.
var daily = promhook.WithExpectedInterval(day)

// lateScenarios are scenarios of runs that do not start.
var lateScenarios = []*scenario{
	{
		name: "a daily run of an hour, and then none for three days",
		fires: []string{
			"RunLate critical import 2d14h15m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", daily)
			p.run(p.executor("import"), 720, tenSecondChunks)
			w.advance(65 * minute)
			w.advanceIdle(48*hour, 6*hour)
			w.advance(70 * minute)
			w.advanceIdle(21*hour, 6*hour)
		},
	},
	{
		name:        "runs without a stated interval, and then none for three days",
		mustNotFire: "RunLate",
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			w.advanceIdle(3*day, 6*hour)
		},
	},
	{
		name: "a daily run fails every day from the first one on",
		fires: []string{
			"RunFailed warning import 1m..",
			"RunLate critical import 2d6m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", daily)
			e := p.executor("import")
			p.run(e, 12, failingItems)
			w.advance(5 * minute)
			w.advanceIdle(day, 6*hour)
			p.run(e, 12, failingItems)
			w.advanceIdle(23*hour, hour)
			w.advance(2 * hour)
		},
	},
	{
		name: "a daily job fails in a pod of its own for 12 days",
		fires: []string{
			"RunFailed warning import 1d6m..",
			"RunLate critical import 2d15m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", daily)
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			p.end()
			for range 12 {
				w.advanceIdle(day, 6*hour)
				p := w.startProcess("a", daily)
				p.run(p.executor("import"), 12, failingItems)
				w.advance(5 * minute)
				p.end()
			}
		},
	},
	{
		name: "a run that is due every three hours stands still for ten",
		fires: []string{
			"ChunkStuck warning import 55m..",
			"RunSlow warning import 1h15m..",
			"RunStalled critical import 1h15m..",
			"RunLate critical import 7h15m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", promhook.WithExpectedInterval(3*hour))
			e := p.executor("import", core.WithHeartbeat(minute))
			p.run(e, 240, tenSecondChunks)
			w.advance(25 * minute)
			p.run(e, 240, hangChunks(0, 2, 2*day))
			w.step = 10 * minute
			w.advance(10 * hour)
		},
	},
	{
		name: "a pod every three days, and then none",
		fires: []string{
			"RunLate critical import 9d6h10m..11d10m",
		},
		script: func(w *simulation) {
			for range 2 {
				p := w.startProcess("a", promhook.WithExpectedInterval(3*day))
				p.run(p.executor("import"), 12, tenSecondChunks)
				w.advance(5 * minute)
				p.end()
				w.advanceIdle(3*day, 12*hour)
			}
			w.advanceIdle(6*day, 6*hour)
		},
	},
	{
		name:        "a pod every four days, one of them a day late",
		mustNotFire: "RunLate ExecutorGone",
		script: func(w *simulation) {
			for _, rest := range []time.Duration{4 * day, 5 * day, hour} {
				p := w.startProcess("a", promhook.WithExpectedInterval(4*day))
				p.run(p.executor("import"), 12, tenSecondChunks)
				w.advance(5 * minute)
				p.end()
				w.advanceIdle(rest, 6*hour)
			}
		},
	},
	{
		name: "runs were due every day, and since a restart every hour",
		fires: []string{
			"RunLate critical import 2h15m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", daily)
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			p.end()
			p = w.startProcess("a", promhook.WithExpectedInterval(hour))
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			w.advanceIdle(2*hour, hour)
			w.advance(10 * minute)
		},
	},
	{
		name:        "a scrape meets the first run before its start is noted",
		mustNotFire: "RunLate",
		fires: []string{
			"RunFailed warning import 2m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", daily)
			p.hook.OnItemFailure(p.ctx, core.ItemFailure{Executor: "import", Outcome: core.OutcomeError}) // creates the series without a run
			w.advance(minute)
			p.run(p.executor("import"), 12, failingItems)
			w.advance(20 * minute)
		},
	},
	{
		name: "a pod every day for 15 days, and then none",
		fires: []string{
			"ExecutorGone warning import 15d3h..22d6h",
		},
		script: func(w *simulation) {
			everyDay(w, 15, 1)
			w.advanceIdle(6*hour, 20*minute)
			w.advanceIdle(9*day, 6*hour)
		},
	},
	{
		name:        "a pod every working day for three weeks",
		mustNotFire: "ExecutorGone",
		script: func(w *simulation) {
			for range 3 {
				everyDay(w, 5, 1)
				w.advanceIdle(2*day, 6*hour)
			}
		},
	},
	{
		name:        "a pod every other day for two weeks",
		mustNotFire: "ExecutorGone",
		script:      func(w *simulation) { everyDay(w, 16, 2) },
	},
	{
		name: "a pod every week for three weeks, and then none",
		fires: []string{
			"ExecutorGone warning import 21d3h..22d1h",
		},
		script: func(w *simulation) {
			everyDay(w, 21, 7)
			w.advanceIdle(2*day, hour)
			w.advanceIdle(2*day, 6*hour)
		},
	},
	{
		name:        "a pod every day for six days, and then none",
		mustNotFire: "ExecutorGone",
		script: func(w *simulation) {
			everyDay(w, 6, 1)
			w.advanceIdle(11*day, 6*hour)
		},
	},
}

// everyDay runs a pod for an hour on each day, or on every nth.
func everyDay(w *simulation, days, each int) {
	for d := range days {
		if d%each != 0 {
			w.advanceIdle(day, 6*hour)
			continue
		}
		p := w.startProcess("a")
		p.run(p.executor("import"), 12, tenSecondChunks)
		w.advanceIdle(hour, hour)
		p.end()
		w.advanceIdle(hour, hour)
		w.advanceIdle(22*hour, 11*hour)
	}
}
