package alerts_test

import (
	"context"
	"iter"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// tenSeconds are chunks as they should be.
var tenSeconds = takes(10 * time.Second)

// hang is a function for items of ten seconds, but those from one index to
// another take a while.
func hang(from, to int, d time.Duration) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		if from <= i && i < to {
			return sleep(ctx, d)
		}
		return tenSeconds(ctx, i)
	}
}

// twoMinutes are chunks of two minutes, and then one that takes long.
func twoMinutes(long time.Duration) func(*world) {
	return func(w *world) {
		p := w.start("a")
		e := p.executor("import")
		p.run(e, 20, takes(2*minute))
		w.pass(20 * minute)
		p.run(e, 1, takes(long))
		w.pass(long + 5*minute)
	}
}

// afterRest is a good run, and after a rest one whose first chunks hang for 40 minutes.
func afterRest(rest time.Duration) func(*world) {
	return func(w *world) {
		p := w.start("a")
		e := p.executor("import")
		p.run(e, 240, tenSeconds)
		w.pass(20 * minute)
		w.idle(rest, hour)
		p.run(e, 240, hang(0, 2, 40*minute))
		w.pass(65 * minute)
	}
}

// chunkScenarios are about chunks that hang and runs that stand still.
var chunkScenarios = []*scenario{
	{
		name: "a chunk hangs for 40 minutes, others go on",
		near: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 31m..56m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 600, hang(180, 181, 40*minute))
			w.pass(65 * minute)
		},
	},
	{
		name: "a chunk of 52 minutes, where others take two",
		near: "ChunkStuck",
		fires: []string{
			"RunSlow warning import 56m..1h13m",
		},
		script: twoMinutes(52 * minute),
	},
	{
		name: "a chunk of 70 minutes, where others take two",
		fires: []string{
			"ChunkStuck warning import 1h15m..1h31m",
			"RunSlow warning import 56m..1h31m",
			"RunStalled critical import 1h15m..1h31m",
		},
		script: twoMinutes(70 * minute),
	},
	{
		name: "a chunk of 40 minutes where one of twenty takes five",
		near: "ChunkStuck",
		fires: []string{
			"RunSlow warning import 40m..56m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 60, func(ctx context.Context, i int) error {
				if i%20 == 0 {
					return sleep(ctx, 5*minute)
				}
				return tenSeconds(ctx, i)
			})
			w.pass(15 * minute)
			p.run(e, 1, takes(40*minute))
			w.pass(45 * minute)
		},
	},
	{
		name: "the first run ever has a chunk of 80 minutes",
		near: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 1h6m..1h21m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 2, takes(80*minute))
			w.pass(90 * minute)
		},
	},
	{
		name: "a weekly job: a chunk of two hours, of five a week later, and of 80 minutes after ten more days",
		near: "RunSlow ExecutorGone RunStalled",
		fires: []string{
			"ChunkStuck warning import 1h10m..2h5m",
			"ChunkStuck warning import 7d4h10m..7d5h5m",
			"RunSlow warning import 7d3h10m..7d5h5m",
			"RunStalled critical import 7d4h10m..7d5h5m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			w.step = 5 * minute
			for _, week := range []struct{ chunk, rest time.Duration }{{2 * hour, 7 * day}, {5 * hour, 10 * day}, {80 * minute, 6 * hour}} {
				p.run(e, 1, takes(week.chunk))
				w.pass(6 * hour)
				w.idle(week.rest-6*hour, 6*hour)
			}
		},
	},
	{
		name: "chunks of 90 minutes, as ever, and then one of seven hours",
		near: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 1h10m..1h35m",
			"ChunkStuck warning import 2h40m..3h5m",
			"ChunkStuck warning import 9h10m..10h5m",
			"RunSlow warning import 7h40m..10h5m",
			"RunStalled critical import 9h10m..10h5m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(1))
			w.step = 5 * minute
			p.run(e, 2, takes(90*minute))
			w.pass(3 * hour)
			p.run(e, 1, takes(7*hour))
			w.pass(7*hour + 10*minute)
		},
	},
	{
		name: "chunks of 50 minutes, as ever, and then one of four hours",
		near: "ChunkStuck RunStalled",
		fires: []string{
			"RunSlow warning import 4h20m..5h45m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithWorkers(1))
			w.step = 5 * minute
			p.run(e, 2, takes(50*minute))
			w.pass(100 * minute)
			p.run(e, 1, takes(4*hour))
			w.pass(4*hour + 10*minute)
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
		name: "the first chunks hang for 40 minutes, 30 hours after a good run of 20",
		near: "ChunkStuck RunStalled",
		fires: []string{
			"RunSlow warning import 1d6h56m..1d7h20m",
		},
		script: afterRest(30 * hour),
	},
	{
		name: "all workers hang for 50 minutes, and then the run goes on",
		fires: []string{
			"ChunkStuck warning import 36m..1h11m",
			"RunStalled critical import 55m..1h11m",
		},
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 480, hang(240, 242, 50*minute))
			w.pass(100 * minute)
		},
	},
	{
		name: "all workers of one process hang, another is idle",
		fires: []string{
			"ChunkStuck warning import 36m..1h11m",
			"RunSlow warning import 21m..",
			"RunStalled critical import 55m..1h11m",
		},
		script: func(w *world) {
			p, q := w.start("a"), w.start("b")
			q.run(q.executor("import"), 120, tenSeconds)
			p.run(p.executor("import"), 480, hang(240, 242, 50*minute))
			w.pass(75 * minute)
		},
	},
	{
		name: "two runs of one executor at once, one hangs, the other goes on",
		near: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 16m..1h16m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 1, takes(75*minute))
			p.run(e, 960, tenSeconds)
			w.pass(80 * minute)
		},
	},
	{
		name: "a loop of one's own pauses for 28 minutes twice, and then for two hours",
		fires: []string{
			"RunStalled critical import 1h31m..2h57m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.do(func(ctx context.Context) {
				ctx, r := e.Start(ctx, 4)
				defer r.End(nil)
				for _, pause := range []time.Duration{28 * minute, 28 * minute, 2 * hour, 0} {
					_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return sleep(ctx, time.Second) })
					_ = sleep(ctx, pause)
				}
			})
			w.pass(3 * hour)
		},
	},
	{
		name: "a stream waits three hours for its source",
		near: "RunStalled WorkersIdle",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.do(func(ctx context.Context) {
				var source iter.Seq[int] = func(yield func(int) bool) {
					for i := range 20 {
						if i == 10 && sleep(ctx, 3*hour) != nil || !yield(i) {
							return
						}
					}
				}
				for range core.Stream(ctx, e, core.FromSeq(source), func(ctx context.Context, i int) (int, error) {
					return i, tenSeconds(ctx, i)
				}) {
				}
			})
			w.step = 5 * minute
			w.pass(200 * minute)
		},
	},
	{
		name: "a long chunk reports its progress every 28 minutes, and then hangs",
		fires: []string{
			"ChunkStuck warning import 21m..2h15m",
			"RunSlow warning import 21m..2h15m",
			"RunStalled critical import 2h4m..2h15m",
		},
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import", core.WithChunkSize(100))
			p.run(e, 1000, takes(100*time.Millisecond))
			w.pass(5 * minute)
			p.do(func(ctx context.Context) {
				_ = core.ForEachChunk(ctx, e, make([]int, 100), func(ctx context.Context, _ []int) error {
					for done := range 3 {
						_ = sleep(ctx, 28*minute)
						core.ReportProgress(ctx, 10*(done+1))
					}
					return sleep(ctx, 45*minute)
				})
			})
			w.pass(135 * minute)
		},
	},
}
