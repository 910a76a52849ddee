package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// quietScenarios are scenarios of ordinary days, on which no alert fires.
var quietScenarios = []*scenario{
	{
		name:        "idle for days, in a process that ran once",
		mustNotFire: "ChunkStuck RunStalled RunSlow RunLate ExecutorGone WorkersIdle",
		script: func(w *simulation) {
			p := w.startProcess("a")
			p.run(p.executor("import"), 120, itemsTaking(10*time.Second))
			w.advance(20 * minute)
			w.advanceIdle(9*day, 6*hour)
			w.advance(hour)
		},
	},
	{
		name:        "the first run ever, of chunks of fifty minutes",
		mustNotFire: "ChunkStuck RunStalled RunSlow RunLate HookFaulty",
		script: func(w *simulation) {
			p := w.startProcess("a", promhook.WithExpectedInterval(day))
			e := p.executor("import")
			p.background(func(ctx context.Context) {
				_ = core.ForEachChunk(ctx, e, make([]int, 4), func(ctx context.Context, _ []int) error { return sleep(ctx, 50*minute) })
			})
			w.advance(2 * hour)
		},
	},
	{
		name:        "every night a pod for one run, five nights",
		mustNotFire: "RunLate RunSlow ExecutorGone",
		script: func(w *simulation) {
			for range 5 {
				p := w.startProcess("a", promhook.WithExpectedInterval(day))
				p.run(p.executor("import"), 240, itemsTaking(10*time.Second))
				w.advance(hour)
				p.end()
				w.advanceIdle(23*hour, hour)
			}
		},
	},
	{
		name:        "a process restarts in the middle of a run, which is resumed: counters fall to zero",
		mustNotFire: "RunFailed RunStalled ItemsSlow RunLate ChunkStuck",
		script: func(w *simulation) {
			p := w.startProcess("a", promhook.WithExpectedInterval(day))
			p.run(p.executor("import"), 600, itemsTaking(10*time.Second))
			w.advance(40 * minute)
			p.end() // cancels the run
			p = w.startProcess("a", promhook.WithExpectedInterval(day))
			p.run(p.executor("import"), 120, itemsTaking(10*time.Second))
			w.advance(40 * minute)
		},
	},
	{
		name:        "two runs of one executor at once, one much longer than the other",
		mustNotFire: "RunSlow RunStalled ChunkStuck",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import")
			p.run(e, 600, itemsTaking(10*time.Second))
			w.advance(hour)
			p.run(e, 600, itemsTaking(10*time.Second))
			p.run(e, 12, itemsTaking(10*time.Second))
			w.advance(hour)
		},
	},
}
