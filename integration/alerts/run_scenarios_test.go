package alerts_test

import (
	"context"
	"errors"
	"time"
)

var errBoom = errors.New("boom")

// failingItems is a function for items that fail after ten seconds.
func failingItems(ctx context.Context, i int) error {
	_ = tenSecondChunks(ctx, i)
	return errBoom
}

// runScenarios are scenarios of runs that take too long, and of runs that fail.
var runScenarios = []*scenario{
	{
		name: "runs of 30 minutes, and then one of an hour",
		fires: []string{
			"RunSlow warning import 1h21m..1h31m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 360, tenSecondChunks)
			w.advance(30 * minute)
			p.run(e, 720, tenSecondChunks)
			w.advance(65 * minute)
		},
	},
	{
		name:        "runs of two minutes, and then one of 14",
		mustNotFire: "RunSlow",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 24, tenSecondChunks)
			w.advance(5 * minute)
			p.run(e, 168, tenSecondChunks)
			w.advance(20 * minute)
		},
	},
	{
		name:        "the first run that succeeds, after some that failed early",
		mustNotFire: "RunSlow",
		fires: []string{
			"RunFailed warning import 1m..46m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			for range 3 {
				p.run(e, 10, failingItems)
				w.advance(5 * minute)
			}
			p.run(e, 360, tenSecondChunks)
			w.advance(35 * minute)
		},
	},
	{
		name: "a weekly pod: a run of 20 minutes, of 40 a week later, and of 70 after ten more days",
		fires: []string{
			"RunSlow warning import 7d2h36m..7d2h41m",
			"ExecutorGone warning import 14d10h..15d4h",
		},
		script: func(w *simulation) {
			for _, week := range []struct {
				items int
				rest  time.Duration
			}{{240, 7 * day}, {480, 10 * day}, {840, 8 * hour}} {
				p := w.startProcess("a")
				p.run(p.executor("import"), week.items, tenSecondChunks)
				w.advance(75 * minute)
				p.end()
				w.advance(45 * minute)
				w.advanceIdle(week.rest-2*hour, 6*hour)
			}
		},
	},
	{
		name: "a run fails, the next one succeeds",
		fires: []string{
			"RunFailed warning import 11m..22m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 12, tenSecondChunks)
			w.advance(10 * minute)
			p.run(e, 12, failingItems)
			w.advance(10 * minute)
			p.run(e, 12, tenSecondChunks)
			w.advance(10 * minute)
		},
	},
	{
		name: "a run panics, the next one is cancelled",
		fires: []string{
			"RunFailed warning import 11m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 12, tenSecondChunks)
			w.advance(10 * minute)
			p.run(e, 12, func(context.Context, int) error { panic("boom") })
			w.advance(15 * minute)
			cancel := p.run(e, 120, tenSecondChunks)
			w.advance(2 * minute)
			cancel()
			w.advance(5 * minute)
		},
	},
	{
		name:        "a run fails, the next one succeeds, one more is cancelled",
		mustNotFire: "RunFailed",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 12, tenSecondChunks)
			w.advance(5 * minute)
			p.run(e, 8, failingItems)
			p.run(e, 8, tenSecondChunks)
			w.advance(10 * minute)
			cancel := p.run(e, 120, tenSecondChunks)
			w.advance(2 * minute)
			cancel()
			w.advance(10 * minute)
		},
	},
	{
		name: "a run fails while the server is away for seven minutes",
		fires: []string{
			"RunFailed warning import 13m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 12, tenSecondChunks)
			w.advance(5 * minute)
			w.processes = nil
			p.run(e, 12, failingItems)
			w.advance(7 * minute)
			w.processes = []*process{p}
			w.advance(10 * minute)
		},
	},
	{
		name:        "runs that are only ever cancelled",
		mustNotFire: "RunFailed RunSlow",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			for range 3 {
				cancel := p.run(e, 120, tenSecondChunks)
				w.advance(5 * minute)
				cancel()
				w.advance(5 * minute)
			}
		},
	},
	{
		name: "two runs at once, one fails, the other succeeds later",
		fires: []string{
			"RunFailed warning import 1m..4m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 12, itemsTaking(30*time.Second))
			p.run(e, 12, failingItems)
			w.advance(minute)
			w.advance(10 * minute)
		},
	},
	{
		name:        "a pod fails after a pod that succeeded, and no pod runs again",
		mustNotFire: "ExecutorGone",
		fires: []string{
			"RunFailed warning import 6m..8d10m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			p.end()
			p = w.startProcess("a")
			p.run(p.executor("import"), 12, failingItems)
			w.advance(5 * minute)
			p.end()
			w.advanceIdle(9*day, 6*hour)
		},
	},
	{
		name: "a pod fails, the next one succeeds, and then there is none for nine days",
		fires: []string{
			"RunFailed warning import 1m..1d7m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 12, failingItems)
			w.advance(5 * minute)
			p.end()
			w.advanceIdle(day, 6*hour)
			p = w.startProcess("a")
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
			p.end()
			w.advanceIdle(9*day, 6*hour)
		},
	},
	{
		name: "a process that failed restarts",
		fires: []string{
			"RunFailed warning import 1m..37m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 12, failingItems)
			w.advance(5 * minute)
			p.end()
			p = w.startProcess("a")
			w.advance(30 * minute)
			p.run(p.executor("import"), 12, tenSecondChunks)
			w.advance(5 * minute)
		},
	},
}
