package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// tenSecondChunks runs healthy chunks.
var tenSecondChunks = itemsTaking(10 * time.Second)

// hangChunks returns a function for items of ten seconds. The items of a range
// of indexes take longer.
func hangChunks(from, to int, d time.Duration) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		if from <= i && i < to {
			return sleep(ctx, d)
		}
		return tenSecondChunks(ctx, i)
	}
}

// twoMinuteChunks runs chunks of two minutes, and then one long chunk.
func twoMinuteChunks(long time.Duration) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		e := p.executor("import")
		p.run(e, 20, itemsTaking(2*minute))
		w.advance(20 * minute)
		p.run(e, 1, itemsTaking(long))
		w.advance(long + 5*minute)
	}
}

// afterRest is a healthy run and, after a pause, one whose first chunks hang
// for 40 minutes.
func afterRest(rest time.Duration) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		e := p.executor("import")
		p.run(e, 240, tenSecondChunks)
		w.advance(20 * minute)
		w.advanceIdle(rest, hour)
		p.run(e, 240, hangChunks(0, 2, 40*minute))
		w.advance(65 * minute)
	}
}

// chunkScenarios are scenarios of chunks that hang.
var chunkScenarios = []*scenario{
	{
		name:        "a chunk hangs for 40 minutes, others go on",
		mustNotFire: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 31m..56m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 600, hangChunks(180, 181, 40*minute))
			w.advance(65 * minute)
		},
	},
	{
		name:        "a chunk of 52 minutes, where others take two",
		mustNotFire: "ChunkStuck",
		fires: []string{
			"RunSlow warning import 56m..1h13m",
		},
		script: twoMinuteChunks(52 * minute),
	},
	{
		name: "a chunk of 70 minutes, where others take two",
		fires: []string{
			"RunSlow warning import 56m..1h31m",
			"ChunkStuck warning import 1h15m..1h31m",
			"RunStalled critical import 1h15m..1h31m",
		},
		script: twoMinuteChunks(70 * minute),
	},
	{
		name:        "a chunk of 40 minutes where one of twenty takes five",
		mustNotFire: "ChunkStuck",
		fires: []string{
			"RunSlow warning import 40m..56m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 60, func(ctx context.Context, i int) error {
				if i%20 == 0 {
					return sleep(ctx, 5*minute)
				}
				return tenSecondChunks(ctx, i)
			})
			w.advance(15 * minute)
			p.run(e, 1, itemsTaking(40*minute))
			w.advance(45 * minute)
		},
	},
	{
		name:        "the first run ever has a chunk of 80 minutes",
		mustNotFire: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 1h6m..1h21m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 2, itemsTaking(80*minute))
			w.advance(90 * minute)
		},
	},
	{
		name: "a weekly pod: a chunk of two hours, of five a week later, and of 80 minutes after ten more days",
		fires: []string{
			"ChunkStuck warning import 1h10m..2h5m",
			"RunSlow warning import 7d3h10m..7d5h5m",
			"ChunkStuck warning import 7d4h10m..7d5h5m",
			"RunStalled critical import 7d4h10m..7d5h5m",
			"ExecutorGone warning import 14d11h30m..15d5h30m",
			"ChunkStuck warning import 17d1h10m..17d1h25m",
		},
		script: func(w *simulation) {
			w.step = 5 * minute
			for _, week := range []struct{ chunk, rest time.Duration }{{2 * hour, 7 * day}, {5 * hour, 10 * day}, {80 * minute, 6 * hour}} {
				p := w.startProcess("a")
				p.run(p.executor("import"), 1, itemsTaking(week.chunk))
				w.advance(5*hour + 30*minute)
				p.end()
				w.advanceIdle(week.rest-6*hour, 6*hour)
				w.advance(30 * minute)
			}
		},
	},
	{
		name: "chunks of 90 minutes, as ever, and then one of seven hours",
		fires: []string{
			"ChunkStuck warning import 1h10m..1h35m",
			"ChunkStuck warning import 2h40m..3h5m",
			"RunSlow warning import 7h40m..10h5m",
			"ChunkStuck warning import 9h10m..10h5m",
			"RunStalled critical import 9h10m..10h5m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(1))
			w.step = 5 * minute
			p.run(e, 2, itemsTaking(90*minute))
			w.advance(3 * hour)
			p.run(e, 1, itemsTaking(7*hour))
			w.advance(7*hour + 10*minute)
		},
	},
	{
		name:        "chunks of 50 minutes, as ever, and then one of four hours",
		mustNotFire: "ChunkStuck RunStalled",
		fires: []string{
			"RunSlow warning import 4h20m..5h45m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(1))
			w.step = 5 * minute
			p.run(e, 2, itemsTaking(50*minute))
			w.advance(100 * minute)
			p.run(e, 1, itemsTaking(4*hour))
			w.advance(4*hour + 10*minute)
		},
	},
	{
		name: "the first chunks hang for 40 minutes, 20 hours after a good run of 20",
		fires: []string{
			"ChunkStuck warning import 20h36m..21h1m",
			"RunSlow warning import 20h56m..21h20m",
			"RunStalled critical import 20h56m..21h1m",
		},
		script: afterRest(20 * hour),
	},
	{
		name:        "the first chunks hang for 40 minutes, 30 hours after a good run of 20",
		mustNotFire: "ChunkStuck RunStalled",
		fires: []string{
			"RunSlow warning import 1d6h56m..1d7h20m",
		},
		script: afterRest(30 * hour),
	},
}
