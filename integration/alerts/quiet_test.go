package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// quietScenarios are ordinary days.
var quietScenarios = []*scenario{
	{
		name: "idle for days, in a process that ran once",
		near: "ChunkStuck RunStalled RunSlow RunLate ExecutorGone WorkersIdle",
		script: func(w *world) {
			p := w.start("a")
			p.run(p.executor("import"), 120, takes(10*time.Second))
			w.pass(20 * minute)
			w.idle(9*day, 6*hour)
			w.pass(hour)
		},
	},
	{
		name: "the first run ever, of chunks of fifty minutes",
		near: "ChunkStuck RunStalled RunSlow RunLate",
		script: func(w *world) {
			p := w.start("a", promhook.WithExpectedInterval(day))
			e := p.executor("import")
			p.do(func(ctx context.Context) {
				_ = core.ForEachChunk(ctx, e, make([]int, 4), func(ctx context.Context, _ []int) error { return sleep(ctx, 50*minute) })
			})
			w.pass(2 * hour)
		},
	},
	{
		name: "every night a pod for one run, five nights",
		near: "RunLate RunSlow ExecutorGone",
		script: func(w *world) {
			for _, pod := range []string{"a", "b", "c", "d", "e"} {
				p := w.start(pod, promhook.WithExpectedInterval(day))
				p.run(p.executor("import"), 240, takes(10*time.Second))
				w.pass(hour)
				p.end()
				w.idle(23*hour, hour)
			}
		},
	},
	{
		name: "a process restarts in the middle of a run, which is resumed: counters fall to zero",
		near: "RunFailed RunStalled ItemsSlow RunLate ChunkStuck",
		script: func(w *world) {
			p := w.start("a", promhook.WithExpectedInterval(day))
			p.run(p.executor("import"), 600, takes(10*time.Second))
			w.pass(40 * minute)
			p.end() // cancels the run
			p = w.start("a", promhook.WithExpectedInterval(day))
			p.run(p.executor("import"), 120, takes(10*time.Second))
			w.pass(40 * minute)
		},
	},
	{
		name: "two runs of one executor at once, one much longer than the other",
		near: "RunSlow RunStalled ChunkStuck",
		script: func(w *world) {
			p := w.start("a")
			e := p.executor("import")
			p.run(e, 600, takes(10*time.Second))
			w.pass(hour)
			p.run(e, 600, takes(10*time.Second))
			p.run(e, 12, takes(10*time.Second))
			w.pass(hour)
		},
	},
}
