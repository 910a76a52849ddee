package alerts_test

import (
	"context"
	"errors"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

var errBoom = errors.New("boom")

// fails is a function for an item that fails at once.
func fails(context.Context, int) error { return errBoom }

// runScenarios are about runs that take too long, and runs that fail.
var runScenarios = []*scenario{
	{
		name: "runs of 30 minutes, and then one of an hour",
		fires: []string{
			"RunSlow warning import 1h21m..1h31m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 360, tenSeconds)
			w.pass(30 * minute)
			p.run(e, 720, tenSeconds)
			w.pass(65 * minute)
		},
	},
	{
		name: "runs of two minutes, and then one of 14",
		near: "RunSlow",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 24, tenSeconds)
			w.pass(5 * minute)
			p.run(e, 168, tenSeconds)
			w.pass(20 * minute)
		},
	},
	{
		name: "the first run that succeeds, after some that failed at once",
		near: "RunSlow",
		fires: []string{
			"RunFailed warning import 2m..46m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			for range 3 {
				p.run(e, 10, fails)
				w.pass(5 * minute)
			}
			p.run(e, 360, tenSeconds)
			w.pass(35 * minute)
		},
	},
	{
		name: "a weekly job: a run of 20 minutes, of 45 a week later, and of two hours after ten more days",
		near: "ExecutorGone",
		fires: []string{
			"RunSlow warning import 7d1h36m..7d1h46m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			for _, week := range []struct {
				items int
				rest  time.Duration
			}{{240, 7 * day}, {540, 10 * day}, {1440, 7 * hour}} {
				p.run(e, week.items, tenSeconds)
				w.pass(hour)
				w.idle(week.rest-hour, 6*hour)
			}
		},
	},
	{
		name: "a run fails, the next one succeeds",
		fires: []string{
			"RunFailed warning import 12m..22m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 12, tenSeconds)
			w.pass(10 * minute)
			p.run(e, 12, fails)
			w.pass(10 * minute)
			p.run(e, 12, tenSeconds)
			w.pass(10 * minute)
		},
	},
	{
		name: "a run panics, the next one is cancelled",
		fires: []string{
			"RunFailed warning import 12m..",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 12, tenSeconds)
			w.pass(10 * minute)
			p.run(e, 12, func(context.Context, int) error { panic("boom") })
			w.pass(15 * minute)
			cancel := p.run(e, 120, tenSeconds)
			w.pass(2 * minute)
			cancel()
			w.pass(5 * minute)
		},
	},
	{
		name: "a run fails, the next one succeeds, one more is cancelled",
		near: "RunFailed",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 12, fails)
			p.run(e, 12, tenSeconds)
			w.pass(15 * minute)
			cancel := p.run(e, 120, tenSeconds)
			w.pass(2 * minute)
			cancel()
			w.pass(10 * minute)
		},
	},
	{
		name: "runs that are only ever cancelled",
		near: "RunFailed RunSlow",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			for range 3 {
				cancel := p.run(e, 120, tenSeconds)
				w.pass(5 * minute)
				cancel()
				w.pass(5 * minute)
			}
		},
	},
	{
		name: "two runs at once, one fails, the other succeeds later",
		near: "RunFailed",
		fires: []string{
			"RunFailed warning import 2m..4m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 12, takes(30*time.Second))
			p.run(e, 12, fails)
			w.pass(minute)
			w.pass(10 * minute)
		},
	},
	{
		name: "a pod fails after a pod that succeeded, and nobody runs it again",
		near: "ExecutorGone",
		fires: []string{
			"RunFailed warning import 7m..8d10m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			p.end()
			p = w.start("b")
			p.run(p.executor("import"), 12, fails)
			w.pass(5 * minute)
			p.end()
			w.idle(9*day, 6*hour)
		},
	},
	{
		name: "a pod fails, the next one succeeds, and then there is none for nine days",
		fires: []string{
			"RunFailed warning import 2m..1d7m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 12, fails)
			w.pass(5 * minute)
			p.end()
			w.idle(day, 6*hour)
			p = w.start("b")
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
			p.end()
			w.idle(9*day, 6*hour)
		},
	},
	{
		name: "a process that failed restarts",
		fires: []string{
			"RunFailed warning import 2m..37m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 12, fails)
			w.pass(5 * minute)
			p.end()
			p = w.start("a")
			w.pass(30 * minute)
			p.run(p.executor("import"), 12, tenSeconds)
			w.pass(5 * minute)
		},
	},
	{
		name:   "jobs push: the first fails, the second succeeds, the third fails, the fourth is cancelled, the fifth succeeds",
		pushes: true,
		near:   "ChunkStuck RunStalled RunSlow RunLate ExecutorGone WorkersIdle",
		fires: []string{
			"RunFailed warning import 35m..1h6m",
			"RunFailed warning import 3m..18m",
		},
		script: func(w *world) {
			for _, f := range []func(context.Context, int) error{fails, tenSeconds, fails, nil, tenSeconds} {
				p := w.start("")
				if f == nil {
					p.run(p.executor("import"), 60, tenSeconds)
					w.pass(minute)
					p.end() // cancels the run
				} else {
					p.run(p.executor("import"), 12, f)
					w.pass(minute)
					p.jobs.Wait()
				}
				p.push()
				w.pass(15 * minute)
			}
			w.idle(9*day, 6*hour)
		},
	},
	{
		name: "a first run of items that each take ten milliseconds, with sizes of chunks that follow the clock",
		near: "ItemsSlow ChunkStuck WorkersIdle",
		script: func(w *world) {
			p := w.start("a")
			e := core.NewExecutor(core.WithName("import"), core.WithWorkers(2))
			e.Register(p.hook)
			p.run(e, 360_000, takes(10*time.Millisecond))
			w.pass(40 * minute)
		},
	},
}
