package alerts_test

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// outcomeScenarios are scenarios of runs that stop before their end.
var outcomeScenarios = []*scenario{
	{
		name:        "a run is cancelled after a few of its items have failed",
		mustNotFire: "RunFailed ItemsFailing",
		script: func(w *simulation) {
			p := w.startProcess("a")
			e := p.executor("import", continueOnError)
			p.run(e, 12, tenSecondChunks)
			w.advance(5 * minute)
			cancel := p.run(e, 480, failShare(2))
			w.advance(10 * minute)
			cancel()
			w.advance(10 * minute)
		},
	},
	{
		name:        "the caller's loop ends early on purpose",
		mustNotFire: "RunFailed",
		script:      callersLoop(core.ErrStopped),
	},
	{
		name: "the caller's loop ends without an error before all its items are done",
		fires: []string{
			"RunFailed warning import 6m..",
		},
		script: callersLoop(nil),
	},
	{
		name: "one run of those that are due every ten minutes succeeds, and all others are cancelled",
		fires: []string{
			"RunLate critical import 29m..",
		},
		script: func(w *simulation) {
			p := w.startProcess("a", everyTenMinutes)
			e := p.executor("import")
			p.run(e, 12, tenSecondChunks)
			for range 4 {
				w.advance(9 * minute)
				cancel := p.run(e, 120, tenSecondChunks)
				w.advance(minute)
				cancel()
			}
		},
	},
}

// callersLoop is a loop of the caller's that ends after half of its items.
func callersLoop(err error) func(*simulation) {
	return func(w *simulation) {
		p := w.startProcess("a")
		e := p.executor("import")
		p.run(e, 12, tenSecondChunks)
		w.advance(5 * minute)
		p.background(func(ctx context.Context) {
			ctx, r := e.Start(ctx, 4)
			for range 2 {
				_ = r.Chunk(ctx, 1, func(ctx context.Context) error { return tenSecondChunks(ctx, 0) })
			}
			r.End(err)
		})
		w.advance(10 * minute)
	}
}
