package alerts_test

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/remote"
)

// oneSlot runs chunks of a minute elsewhere, where there is room for one at a time.
func oneSlot() func(context.Context, []int) error {
	slot := make(chan struct{}, 1)
	return func(ctx context.Context, _ []int) error {
		remote.Waiting(ctx)
		slot <- struct{}{}
		defer func() { <-slot }()
		remote.Started(ctx)
		return sleep(ctx, minute)
	}
}

// idleScenarios are scenarios of workers that have nothing to do.
var idleScenarios = []*scenario{
	{
		name: "one of five workers has an hour to do at the end of a run",
		fires: []string{
			"ChunkStuck warning import 24m..1h9m",
			"RunStalled critical import 43m..1h9m",
			"WorkersIdle info import 53m..1h9m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(5))
			p.run(e, 250, hangChunks(249, 250, hour))
			w.advance(80 * minute)
		},
	},
	{
		name:        "three of ten workers have an hour to do at the end of a run",
		mustNotFire: "WorkersIdle",
		fires: []string{
			"ChunkStuck warning import 22m..1h7m",
			"RunStalled critical import 41m..1h7m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(10))
			p.run(e, 400, hangChunks(397, 400, hour))
			w.advance(80 * minute)
		},
	},
	{
		name:        "one of eight workers has 25 minutes to do at the end of a run",
		mustNotFire: "WorkersIdle",
		fires: []string{
			"ChunkStuck warning import 24m..34m",
		},
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(8))
			p.run(e, 400, hangChunks(399, 400, 25*minute))
			w.advance(80 * minute)
		},
	},
	{
		name:        "twenty chunks at a time are done elsewhere, where there is room for one",
		mustNotFire: "ChunkStuck RunStalled WorkersIdle",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", core.WithWorkers(20), core.WithChunkSize(1))
			p.background(func(ctx context.Context) { _ = core.ForEachChunk(ctx, e, make([]int, 100), oneSlot()) })
			w.advance(110 * minute)
		},
	},
}
