package alerts_test

import (
	"context"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// pushScenarios are scenarios of processes that push to a Pushgateway.
var pushScenarios = []*scenario{
	{
		name:        "jobs push: the first fails, the second succeeds, the third fails, the fourth is cancelled, the fifth succeeds",
		pushgateway: true,
		mustNotFire: "ChunkStuck RunStalled RunSlow RunLate ExecutorGone WorkersIdle",
		fires: []string{
			"RunFailed warning import 2m..18m",
			"RunFailed warning import 34m..1h6m",
		},
		script: func(w *simulation) {
			for _, f := range []func(context.Context, int) error{failingItems, tenSecondChunks, failingItems, nil, tenSecondChunks} {
				p := w.startPushing("a")
				if f == nil {
					p.run(p.executor("import"), 60, tenSecondChunks)
					w.advance(minute)
					p.end() // cancels the run
				} else {
					p.run(p.executor("import"), 12, f)
					w.advance(minute)
					p.jobs.Wait()
				}
				p.push()
				w.advance(15 * minute)
			}
			w.advanceIdle(9*day, 6*hour)
		},
	},
	{
		name:        "every night a pod is scraped, pushes at its end and is gone before the next scrape; the third one fails",
		places:      podsOnly,
		mustNotFire: "RunLate ExecutorGone RunSlow",
		pushgateway: true,
		fires: []string{
			"RunFailed warning import 2d21m..3d22m",
		},
		script: func(w *simulation) {
			for _, last := range []func(context.Context, int) error{tenSecondChunks, tenSecondChunks, failingItems, tenSecondChunks} {
				p := w.startProcess("a", daily)
				p.run(p.executor("import"), 241, func(ctx context.Context, i int) error {
					if i == 240 {
						return last(ctx, i)
					}
					return tenSecondChunks(ctx, i)
				})
				w.advance(20 * minute)
				p.jobs.Wait() // ten seconds later
				p.push()
				p.end()
				w.advance(10 * minute)
				w.advanceIdle(23*hour+30*minute, 235*minute)
			}
		},
	},
	{
		name:        "a process pushes after each run, while another run of the executor is active and hangs",
		mustNotFire: "ChunkStuck RunStalled RunSlow WorkersIdle",
		pushgateway: true,
		script: func(w *simulation) {
			p := w.startPushing("a")
			e := p.executor("import", core.WithWorkers(8))
			p.run(e, 12, tenSecondChunks)
			w.advance(2 * minute)
			p.push()
			p.run(e, 20, hangChunks(19, 20, 2*hour))
			p.run(e, 12, tenSecondChunks)
			w.advance(2 * minute)
			p.push()
			w.advance(100 * minute)
			p.end()
		},
	},
	{
		name:        "jobs push counts that grow from one to the next, for other reasons than failures and slowness",
		mustNotFire: "ItemsFailing ItemsSlow",
		pushgateway: true,
		fires: []string{
			"RunFailed warning import 1h41m..1h49m",
		},
		script: func(w *simulation) {
			for k := range 22 {
				p := w.startPushing("a")
				each := 10 * time.Second
				if k > 14 {
					each += time.Duration(k-14) * time.Second
				}
				p.run(p.executor("export", core.WithWorkers(32)), 11*k, itemsTaking(each))
				failing := 0
				if k == 12 {
					failing = 7
				}
				p.run(p.executor("import", core.WithWorkers(32), continueOnError), failing+300+k, func(ctx context.Context, i int) error {
					if i < failing {
						return errBoom
					}
					return tenSecondChunks(ctx, i)
				})
				w.advance(4 * minute)
				p.jobs.Wait()
				p.push()
				w.advance(4 * minute)
			}
		},
	},
}
