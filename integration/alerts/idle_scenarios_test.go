package alerts_test

import (
	"github.com/chunkscope/chunkscope/core"
)

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
}
