package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// failShare returns a function for items of five seconds, of which the given
// percentage fail.
func failShare(percent int) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		_ = sleep(ctx, 5*time.Second)
		if i*percent%100 < percent {
			return errBoom
		}
		return nil
	}
}

// continueOnError are the options of an executor that runs all items, whatever
// fails.
var continueOnError = core.WithContinueOnError()

// failingRun is a run in which a share of the items fails during the first 20
// minutes.
func failingRun(percent int, opts ...core.Option) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		p.run(p.executor("import", append(opts, continueOnError)...), 960, func(ctx context.Context, i int) error {
			if i < 480 {
				return failShare(percent)(ctx, i)
			}
			return sleep(ctx, 5*time.Second)
		})
		w.advance(39 * minute) // without this the run would end as failed
	}
}

// longChunks runs healthy chunks, and as many in which some items fail.
func longChunks(d time.Duration) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		e := p.executor("import", continueOnError, core.WithWorkers(8), core.WithChunkSize(int(d/(5*time.Second))))
		items := 8 * int(d/(5*time.Second))
		p.run(e, items, itemsTaking(5*time.Second))
		w.advance(30 * minute)
		p.run(e, 2*items, failShare(4))
		w.advance(2*d - minute)
	}
}

// afterHours runs eight chunks of an hour, and then pauses.
func afterHours(w *simulation, rest time.Duration) {
	p := w.startProcess("a")
	p.run(p.executor("import", core.WithWorkers(8)), 8, itemsTaking(hour))
	w.advance(70 * minute)
	p.end()
	w.advanceIdle(rest, hour)
}

// slowerRun is a run of half an hour and, after a pause, one of slower items.
func slowerRun(before, after, rest, lasts time.Duration) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		e := p.executor("import", core.WithWorkers(1))
		p.run(e, int(30*minute/before), itemsTaking(before))
		w.advance(30 * minute)
		w.advanceIdle(rest-hour, hour)
		w.advance(hour) // the rule compares with the value an hour ago
		p.run(e, int(lasts/after), itemsTaking(after))
		w.advance(lasts + 5*minute)
	}
}

// failuresPerMinute is a run of half an hour in which this many of twenty items
// fail in ten minutes.
func failuresPerMinute(failures int) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		p.run(p.executor("import", continueOnError), 60, func(ctx context.Context, i int) error {
			_ = sleep(ctx, minute)
			if i*failures%20 < failures {
				return errBoom
			}
			return nil
		})
		w.advance(29 * minute)
	}
}

// itemScenarios are scenarios of items that fail or are slow.
var itemScenarios = []*scenario{
	{
		name:        "4 of 100 items fail",
		mustNotFire: "ItemsFailing",
		script:      failingRun(4),
	},
	{
		name: "6 of 100 items fail",
		fires: []string{
			"ItemsFailing warning import 15m..22m",
		},
		script: failingRun(6),
	},
	{
		name: "45 of 100 items fail",
		fires: []string{
			"ItemsFailing warning import 12m..29m",
		},
		script: failingRun(45),
	},
	{
		name: "60 of 100 items fail",
		fires: []string{
			"ItemsFailing critical import 7m..22m",
			"ItemsFailing warning import 12m..29m",
		},
		script: failingRun(60),
	},
	{
		name:        "four of six items fail",
		mustNotFire: "ItemsFailing",
		fires: []string{
			"RunFailed warning import 10m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import", continueOnError), 6, func(ctx context.Context, i int) error {
				_ = sleep(ctx, 3*minute)
				if i < 4 {
					return errBoom
				}
				return nil
			})
			w.advance(8 * minute)
			w.advance(20 * minute)
		},
	},
	{
		name: "seven of ten items fail",
		fires: []string{
			"RunFailed warning import 8m..",
			"ItemsFailing critical import 10m..13m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", continueOnError)
			p.run(e, 10, func(ctx context.Context, i int) error {
				_ = sleep(ctx, 90*time.Second)
				if i < 7 {
					return errBoom
				}
				return nil
			})
			w.advance(20 * minute)
		},
	},
	{
		name: "seven items of twenty fail in ten minutes",
		fires: []string{
			"ItemsFailing warning import 19m..",
		},
		script: failuresPerMinute(7),
	},
	{
		name:        "four items of twenty fail in ten minutes",
		mustNotFire: "ItemsFailing",
		script:      failuresPerMinute(4),
	},
	{
		name:        "of chunks of an hour four items of a hundred fail, which count before the others",
		mustNotFire: "ItemsFailing",
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import", continueOnError, core.WithChunkSize(720)), 2880, failShare(4))
			w.advance(119 * minute)
		},
	},
	{
		name:        "of chunks of seven minutes four items of a hundred fail, which count before the others",
		mustNotFire: "ItemsFailing",
		script:      longChunks(7 * minute),
	},
	{
		name:        "of chunks of 14 minutes four items of a hundred fail, which count before the others",
		mustNotFire: "ItemsFailing",
		fires: []string{
			"RunSlow warning import 57m..",
		},
		script: longChunks(14 * minute),
	},
	{
		name:        "of chunks of seven minutes 60 of 100 items fail",
		mustNotFire: "RunFailed",
		fires: []string{
			"ItemsFailing warning import 18m..29m",
		},
		script: failingRun(60, core.WithChunkSize(84)),
	},
	{
		name:        "of chunks of four minutes 60 of 100 items fail, 20 hours after chunks of an hour",
		mustNotFire: "ItemsFailing",
		script: func(w *simulation) {
			afterHours(w, 20*hour)
			failingRun(60, core.WithChunkSize(48))(w)
		},
	},
	{
		name: "of chunks of four minutes 60 of 100 items fail, 30 hours after chunks of an hour",
		fires: []string{
			"ItemsFailing critical import 1d7h20m..1d7h34m",
			"ItemsFailing warning import 1d7h25m..1d7h39m",
		},
		script: func(w *simulation) {
			afterHours(w, 30*hour)
			failingRun(60, core.WithChunkSize(48))(w)
		},
	},
	{
		name: "of chunks of four minutes 60 of 100 items fail",
		fires: []string{
			"ItemsFailing critical import 10m..24m",
			"ItemsFailing warning import 15m..29m",
		},
		script: failingRun(60, core.WithChunkSize(48)),
	},
	{
		name:        "items take four times as long as before",
		mustNotFire: "RunStalled ChunkStuck",
		fires: []string{
			"ItemsSlow info import 2h4m..2h45m",
			"RunSlow warning import 2h21m..3h11m",
		},
		script: slowerRun(20*time.Second, 80*time.Second, hour, 100*minute),
	},
	{
		name:        "items take two and a half times as long as before",
		mustNotFire: "ItemsSlow",
		script:      slowerRun(20*time.Second, 50*time.Second, hour, 50*minute),
	},
	{
		name: "items take four times as long as 20 hours ago",
		fires: []string{
			"ItemsSlow info import 21h4m..21h22m",
		},
		script: slowerRun(20*time.Second, 80*time.Second, 20*hour, 50*minute),
	},
	{
		name:        "items take four times as long as 30 hours ago",
		mustNotFire: "ItemsSlow",
		script:      slowerRun(20*time.Second, 80*time.Second, 30*hour, 50*minute),
	},
	{
		name:        "few items, which take five times as long as before",
		mustNotFire: "ItemsSlow",
		script:      slowerRun(24*time.Second, 2*minute, hour, 50*minute),
	},
	{
		name:        "chunks of ten times the size, of the same items",
		mustNotFire: "ItemsSlow",
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import", core.WithChunkSize(4)), 7200, itemsTaking(time.Second))
			w.advance(90 * minute)
			p.run(p.executor("import", core.WithChunkSize(40)), 7200, itemsTaking(time.Second))
			w.advance(55 * minute)
		},
	},
	{
		name:        "chunks that are cancelled, and have no item to show for their time",
		mustNotFire: "ItemsSlow",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 480, tenSecondChunks)
			w.advance(100 * minute)
			for range 40 {
				cancel := p.run(e, 2, itemsTaking(hour))
				w.advance(minute)
				cancel()
			}
		},
	},
}
