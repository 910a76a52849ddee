package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// share is a function for items of five seconds, of which so many of a hundred fail.
func share(percent int) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		_ = sleep(ctx, 5*time.Second)
		if i*percent%100 < percent {
			return errBoom
		}
		return nil
	}
}

// goesOn is what an executor does that runs everything, whatever fails.
var goesOn = core.WithContinueOnError()

// failing is a run of half an hour of whose items a share fails.
func failing(percent int) func(*world) {
	return func(w *world) {
		p := w.start("a")
		p.run(p.executor("import", goesOn), 720, share(percent))
		w.pass(29 * minute) // the end would be a run that failed
	}
}

// slower are runs of which items become slower after two hours.
func slower(d time.Duration) func(*world) {
	return func(w *world) {
		p := w.start("a")
		e := p.executor("import")
		p.run(e, 1440, takes(10*time.Second))
		w.pass(2 * hour)
		p.run(e, 1000, takes(d))
		w.pass(110 * minute)
	}
}

// itemScenarios are about items that fail or are slow, and about idle workers.
var itemScenarios = []*scenario{
	{name: "4 of 100 items fail", near: "ItemsFailing", script: failing(4)},
	{name: "6 of 100 items fail", script: failing(6), fires: []string{"ItemsFailing warning import 15m.."}},
	{name: "45 of 100 items fail", script: failing(45), fires: []string{"ItemsFailing warning import 12m.."}},
	{name: "60 of 100 items fail", script: failing(60), fires: []string{"ItemsFailing critical import 7m..", "ItemsFailing warning import 12m.."}},
	{
		name: "four of six items fail",
		near: "ItemsFailing",
		fires: []string{
			"RunFailed warning import 11m..",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import", goesOn), 6, func(ctx context.Context, i int) error {
				_ = sleep(ctx, 3*minute)
				if i < 4 {
					return errBoom
				}
				return nil
			})
			w.pass(8 * minute)
			w.pass(20 * minute)
		},
	},
	{
		name: "seven of ten items fail",
		fires: []string{
			"ItemsFailing critical import 10m..13m",
			"RunFailed warning import 9m..",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", goesOn)
			p.run(e, 10, func(ctx context.Context, i int) error {
				_ = sleep(ctx, 90*time.Second)
				if i < 7 {
					return errBoom
				}
				return nil
			})
			w.pass(20 * minute)
		},
	},
	{
		name: "of chunks of an hour two items of a hundred fail, which count before the others",
		near: "ItemsFailing",
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import", goesOn, core.WithChunkSize(720)), 2880, share(2))
			w.pass(119 * minute)
		},
	},
	{
		name: "of chunks of four minutes two items of a hundred fail, which count before the others",
		near: "ItemsFailing",
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import", goesOn, core.WithChunkSize(48)), 960, share(2))
			w.pass(39 * minute)
		},
	},
	{name: "items take four times as long as before", near: "RunStalled ChunkStuck", script: slower(40 * time.Second), fires: []string{"ItemsSlow info import 2h33m.."}},
	{name: "items take two and a half times as long as before", near: "ItemsSlow", script: slower(25 * time.Second)},
	{
		name: "few items, which take six times as long as before",
		near: "ItemsSlow",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(1))
			p.run(e, 120, takes(30*time.Second))
			w.pass(100 * minute)
			p.run(e, 100, takes(3*minute))
			w.pass(70 * minute)
		},
	},
	{
		name: "chunks of ten times the size, of the same items",
		near: "ItemsSlow",
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import", core.WithChunkSize(4)), 7200, takes(time.Second))
			w.pass(90 * minute)
			p.run(p.executor("import", core.WithChunkSize(40)), 7200, takes(time.Second))
			w.pass(55 * minute)
		},
	},
	{
		name: "chunks that are cancelled, and have no item to show for their time",
		near: "ItemsSlow",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 480, tenSeconds)
			w.pass(100 * minute)
			for range 40 {
				cancel := p.run(e, 2, takes(hour))
				w.pass(minute)
				cancel()
			}
		},
	},
	{
		name: "one of five workers has an hour to do at the end of a run",
		fires: []string{
			"ChunkStuck warning import 24m..1h9m",
			"RunStalled critical import 43m..1h9m",
			"WorkersIdle info import 53m..1h9m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(5))
			p.run(e, 250, hang(249, 250, hour))
			w.pass(80 * minute)
		},
	},
	{
		name: "three of ten workers have an hour to do at the end of a run",
		near: "WorkersIdle",
		fires: []string{
			"ChunkStuck warning import 22m..1h7m",
			"RunStalled critical import 41m..1h7m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(10))
			p.run(e, 400, hang(397, 400, hour))
			w.pass(80 * minute)
		},
	},
	{
		name: "one of eight workers has 25 minutes to do at the end of a run",
		near: "WorkersIdle",
		fires: []string{
			"ChunkStuck warning import 24m..34m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(8))
			p.run(e, 400, hang(399, 400, 25*minute))
			w.pass(80 * minute)
		},
	},
}
