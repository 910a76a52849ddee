package alerts_test

import (
	"context"
	"iter"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// stallScenarios are scenarios of runs in which nothing, or hardly anything, moves.
var stallScenarios = []*scenario{
	{
		name: "all workers hang for 50 minutes, and then the run continues",
		fires: []string{
			"ChunkStuck warning import 36m..1h11m",
			"RunStalled critical import 55m..1h11m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 480, hangChunks(240, 242, 50*minute))
			w.advance(100 * minute)
		},
	},
	{
		name:   "all workers of one process hang, another is idle",
		places: podsOnly,
		fires: []string{
			"RunSlow warning import 21m..",
			"ChunkStuck warning import 36m..1h11m",
			"RunStalled critical import 55m..1h11m",
		},
		script: func(w *simulation) {
			p, q := w.startProcess("a"), w.startProcess("b")
			q.run(q.executor("import"), 120, tenSecondChunks)
			p.run(p.executor("import"), 480, hangChunks(240, 242, 50*minute))
			w.advance(75 * minute)
		},
	},
	{
		name:   "all workers of one machine hang, another is idle",
		places: machinesOnly,
		fires: []string{
			"ChunkStuck warning import 36m..1h11m",
			"RunStalled critical import 55m..1h11m",
		},
		script: func(w *simulation) {
			p, q := w.startProcess("a"), w.startProcess("b")
			q.run(q.executor("import"), 120, tenSecondChunks)
			p.run(p.executor("import"), 480, hangChunks(240, 242, 50*minute))
			w.advance(75 * minute)
		},
	},
	{
		name:        "two runs of one executor at once, one hangs, the other continues",
		mustNotFire: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 16m..1h16m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 1, itemsTaking(75*minute))
			p.run(e, 960, tenSecondChunks)
			w.advance(80 * minute)
		},
	},
	{
		name: "the caller's loop pauses for 28 minutes twice, and then for two hours",
		fires: []string{
			"RunStalled critical import 1h31m..2h57m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.background(func(ctx context.Context) {
				ctx, r := e.Start(ctx, 4)
				defer r.End(nil)
				for _, pause := range []time.Duration{28 * minute, 28 * minute, 2 * hour, 0} {
					_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return sleep(ctx, time.Second) })
					_ = sleep(ctx, pause)
				}
			})
			w.advance(3 * hour)
		},
	},
	{
		name:        "the caller's loop with an unknown total: one chunk hangs, others continue",
		mustNotFire: "RunStalled",
		fires: []string{
			"ChunkStuck warning import 22m..51m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.background(func(ctx context.Context) {
				ctx, r := e.Start(ctx, -1)
				defer r.End(nil)
				_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return tenSecondChunks(ctx, 0) })
				hanging := make(chan struct{})
				go func() {
					defer close(hanging)
					_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return sleep(ctx, 50*minute) })
				}()
				for range 60 {
					_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return sleep(ctx, minute) })
				}
				<-hanging
			})
			w.advance(65 * minute)
		},
	},
	{
		name:        "a stream waits three hours for its source",
		mustNotFire: "RunStalled WorkersIdle",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.background(func(ctx context.Context) {
				var source iter.Seq[int] = func(yield func(int) bool) {
					for i := range 200 {
						if i == 100 && sleep(ctx, 3*hour) != nil || !yield(i) {
							return
						}
					}
				}
				results := core.Stream(ctx, e, core.FromSeq(source), func(ctx context.Context, i int) (int, error) {
					return i, tenSecondChunks(ctx, i)
				})
				for _, err := range results {
					if err != nil {
						return // cancelled
					}
				}
			})
			w.advance(10 * minute)
			w.step = 5 * minute
			w.advance(190 * minute)
		},
	},
	{
		name: "a long chunk reports its progress every 28 minutes, and then hangs",
		fires: []string{
			"ChunkStuck warning import 21m..2h15m",
			"RunSlow warning import 21m..2h15m",
			"RunStalled critical import 2h4m..2h15m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithChunkSize(100))
			p.run(e, 1000, itemsTaking(100*time.Millisecond))
			w.advance(5 * minute)
			p.background(func(ctx context.Context) {
				_ = core.ForEachChunk(ctx, e, make([]int, 100), func(ctx context.Context, _ []int) error {
					for done := range 3 {
						_ = sleep(ctx, 28*minute)
						core.ReportProgress(ctx, 10*(done+1))
					}
					return sleep(ctx, 45*minute)
				})
			})
			w.advance(135 * minute)
		},
	},
}
