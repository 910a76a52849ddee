package alerts_test

import (
	"context"
)

// shard returns the target of a new pod that takes over a place: the index of an
// Indexed Job, which a PodMonitor copies to the label process, or the name of a pod
// that keeps it.
func (w *simulation) shard(process string) target {
	of := w.pod("etl")
	of.host, of.process = process, process
	return of
}

// shardScenarios are scenarios of pods that have a place of their own, which is in
// the label process, and of pods that have none but push their name in it.
var shardScenarios = []*scenario{
	{
		name:   "shards are scraped: shard 0 fails until its second try, shard 1 succeeds meanwhile, shard 2 never does",
		places: stated,
		fires: []string{
			"RunFailed warning import cluster=one namespace=etl process=0 1m..32m",
			"RunFailed warning import cluster=one namespace=etl process=2 1m..",
			"RunLate critical import cluster=one namespace=etl process=0 26m..32m",
			"RunLate critical import cluster=one namespace=etl process=2 26m..",
		},
		script: func(w *simulation) {
			for try := range 3 {
				var shards []*process
				for i, f := range []func(context.Context, int) error{failingItems, tenSecondChunks, failingItems} {
					if i == 0 && try == 2 {
						f = tenSecondChunks
					}
					p := w.startTarget(w.shard(string(rune('0'+i))), everyTenMinutes)
					p.run(p.executor("import"), 12, f)
					shards = append(shards, p)
				}
				w.advance(10 * minute)
				for _, p := range shards {
					p.end()
				}
				w.advance(5 * minute)
			}
		},
	},
	{
		name:        "pods of a StatefulSet push: the first fails until its second try, the second succeeds meanwhile",
		places:      stated,
		pushgateway: true,
		fires: []string{
			"RunFailed warning import cluster=one namespace=etl process=worker-0 3m..31m",
		},
		script: func(w *simulation) {
			for try := range 3 {
				for i, f := range []func(context.Context, int) error{failingItems, tenSecondChunks} {
					if i == 0 && try == 2 {
						f = tenSecondChunks
					}
					p := w.startTarget(w.shard("worker-" + string(rune('0'+i))))
					p.hide()
					p.run(p.executor("import"), 12, f)
					w.advance(2 * minute)
					p.jobs.Wait()
					p.push()
				}
				w.advance(10 * minute)
			}
		},
	},
	{
		name:   "a shard takes 20 minutes, and the day after all its workers hang; others always take six hours",
		places: stated,
		fires: []string{
			"ChunkStuck warning import cluster=one namespace=etl process=0 20h41m..",
			"RunSlow warning import cluster=one namespace=etl process=0 21h1m..",
			"RunStalled critical import cluster=one namespace=etl process=0 21h1m..",
		},
		script: func(w *simulation) {
			short, long := w.startTarget(w.shard("0")), w.startTarget(w.shard("1"))
			short.run(short.executor("import"), 240, tenSecondChunks)
			long.run(long.executor("import"), 12, itemsTaking(hour))
			w.advance(25 * minute)
			short.end()
			w.advanceIdle(20*hour, hour)
			short = w.startTarget(w.shard("0"))
			short.run(short.executor("import"), 240, hangChunks(0, 2, 2*hour))
			w.advance(75 * minute)
		},
	},
	{
		name:   "the first run ever of a shard has a chunk of 80 minutes",
		places: stated,
		fires: []string{
			"ChunkStuck warning import cluster=one namespace=etl process=0 1h6m..1h21m",
		},
		script: func(w *simulation) {
			p := w.startTarget(w.shard("0"))
			p.run(p.executor("import"), 2, itemsTaking(80*minute))
			w.advance(90 * minute)
		},
	},
	{
		name:        "pods push every day, and the groups of old ones are deleted",
		places:      stated,
		pushgateway: true,
		mustNotFire: "ExecutorGone RunFailed",
		script: func(w *simulation) {
			for range 20 {
				p := w.startTarget(w.pod("etl"))
				p.hide()
				p.run(p.executor("import"), 12, tenSecondChunks)
				w.advanceIdle(6*hour, 6*hour)
				p.push()
				w.advanceIdle(18*hour, 6*hour)
				if w.pods == 17 {
					for _, target := range []int{1, 2, 3} {
						w.forgotten = append(w.forgotten, w.names[target-1])
					}
				}
			}
		},
	},
}
