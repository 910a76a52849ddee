package alerts_test

import (
	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/promhook"
)

// everyTenMinutes are the options of a process whose runs are due every ten
// minutes.
var everyTenMinutes = promhook.WithExpectedInterval(10 * minute)

// failOne runs a job on all targets every ten minutes. On the first target it fails
// from the fourth run on.
func failOne(targets ...target) func(*simulation) {
	return func(w *simulation) {
		var executors []*core.Executor
		var processes []*process
		for _, of := range targets {
			p := w.startTarget(of, everyTenMinutes)
			processes, executors = append(processes, p), append(executors, p.executor("import"))
		}
		for run := range 9 {
			for i, p := range processes {
				f := tenSecondChunks
				if i == 0 && run >= 3 {
					f = failingItems
				}
				p.run(executors[i], 12, f)
			}
			w.advance(10 * minute)
		}
	}
}

// identityScenarios are scenarios of processes that share names: in two
// namespaces or clusters, on two machines, or one after the other.
var identityScenarios = []*scenario{
	{
		name:   "a job fails in one namespace, and succeeds in another",
		places: stated,
		fires: []string{
			"RunFailed warning import namespace=production 31m..",
			"RunLate critical import namespace=production 49m..",
		},
		script: failOne(
			target{instance: "10.0.0.1:9090", pod: "nightly-0", namespace: "production"},
			target{instance: "10.0.0.2:9090", pod: "nightly-0", namespace: "staging"}),
	},
	{
		name:   "a job fails in one cluster, and succeeds in the same namespace of another",
		places: stated,
		fires: []string{
			"RunFailed warning import cluster=eu namespace=etl 31m..",
			"RunLate critical import cluster=eu namespace=etl 49m..",
		},
		script: failOne(
			target{instance: "10.0.0.1:9090", pod: "nightly-0", namespace: "etl", cluster: "eu"},
			target{instance: "10.0.0.1:9090", pod: "nightly-0", namespace: "etl", cluster: "us"}),
	},
	{
		name:   "a job fails on one machine, and succeeds on another",
		places: stated,
		fires: []string{
			"RunFailed warning import instance=db-1:9090 31m..",
			"RunLate critical import instance=db-1:9090 49m..",
		},
		script: failOne(target{instance: "db-1:9090"}, target{instance: "db-2:9090"}),
	},
	{
		name:   "machines write text files: the job of one fails, that of another succeeds",
		places: stated,
		fires: []string{
			"RunFailed warning backup instance=db-1:9100 38m..1h24m",
			"RunLate critical backup instance=db-1:9100 52m..1h24m",
		},
		script: func(w *simulation) {
			for run := range 9 {
				for _, machine := range []string{"db-1:9100", "db-2:9100"} {
					f := tenSecondChunks
					if machine == "db-1:9100" && 3 <= run && run < 7 {
						f = failingItems
					}
					p := w.startTarget(target{}, everyTenMinutes)
					p.hide()
					p.run(p.executor("backup"), 12, f)
					p.jobs.Wait()
					p.writeTextfile(machine)
				}
				w.advance(10 * minute)
			}
		},
	},
	{
		name:   "the runs of one machine stop, those of another go on",
		places: stated,
		fires: []string{
			"RunLate critical import instance=db-1:9090 29m..",
		},
		script: func(w *simulation) {
			stops := w.startTarget(target{instance: "db-1:9090"}, everyTenMinutes)
			p := w.startTarget(target{instance: "db-2:9090"}, everyTenMinutes)
			e, f := stops.executor("import"), p.executor("import")
			stops.run(e, 12, tenSecondChunks)
			for range 6 {
				p.run(f, 12, tenSecondChunks)
				w.advance(10 * minute)
			}
		},
	},
	{
		name:   "the job of one namespace is no more, that of another is",
		places: stated,
		fires: []string{
			"ExecutorGone warning import cluster=one namespace=production 16d6h..",
		},
		script: func(w *simulation) {
			gone, stays := w.startTarget(w.pod("production")), w.startTarget(w.pod("staging"))
			gone.run(gone.executor("import"), 12, tenSecondChunks)
			stays.run(stays.executor("import"), 12, tenSecondChunks)
			w.advanceIdle(15*day, 6*hour)
			gone.end()
			w.advanceIdle(3*day, 6*hour)
		},
	},
	{
		name:   "six of ten items fail in one namespace, of a hundred times as many none in another",
		places: stated,
		fires: []string{
			"ItemsFailing critical import cluster=one namespace=production 7m..",
			"ItemsFailing warning import cluster=one namespace=production 12m..",
		},
		script: func(w *simulation) {
			fails, well := w.startTarget(w.pod("production")), w.startTarget(w.pod("staging"))
			fails.run(fails.executor("import", continueOnError), 480, failShare(60))
			well.run(well.executor("import", core.WithWorkers(100)), 24000, tenSecondChunks)
			w.advance(15 * minute)
		},
	},
	{
		name:   "a chunk hangs on one machine, on another they always take an hour",
		places: stated,
		fires: []string{
			"ChunkStuck warning import instance=db-1:9090 2h31m..2h56m",
		},
		script: func(w *simulation) {
			hangs, slow := w.startTarget(target{instance: "db-1:9090"}), w.startTarget(target{instance: "db-2:9090"})
			slow.run(slow.executor("import"), 8, itemsTaking(hour-minute))
			w.advance(2 * hour)
			hangs.run(hangs.executor("import"), 600, hangChunks(180, 181, 40*minute))
			w.advance(65 * minute)
		},
	},
	{
		name:   "all workers of one namespace hang, those of another do not",
		places: stated,
		fires: []string{
			"ChunkStuck warning import cluster=one namespace=production 36m..1h11m",
			"RunStalled critical import cluster=one namespace=production 55m..1h11m",
		},
		script: func(w *simulation) {
			hangs, well := w.startTarget(w.pod("production")), w.startTarget(w.pod("staging"))
			hangs.run(hangs.executor("import"), 480, hangChunks(240, 242, 50*minute))
			well.run(well.executor("import"), 960, tenSecondChunks)
			w.advance(75 * minute)
		},
	},
	{
		name:   "a pod whose chunk hangs is killed, and the next one goes on",
		places: stated,
		fires: []string{
			"ChunkStuck warning import cluster=one namespace=etl 31m..46m",
		},
		script: func(w *simulation) {
			p := w.startTarget(w.pod("etl"))
			p.run(p.executor("import"), 600, hangChunks(180, 181, 3*hour))
			w.advance(45 * minute)
			p.end()
			p = w.startTarget(w.pod("etl"))
			p.run(p.executor("import"), 240, tenSecondChunks)
			w.advance(30 * minute)
		},
	},
	{
		name:   "a hook drops messages and fails in one of two namespaces, and its pod is replaced",
		places: stated,
		fires: []string{
			"HookDropping warning webhookhook gave_up cluster=one namespace=production 11m..41m",
			"HookFailing warning webhookhook cluster=one namespace=production 27m..44m",
		},
		script: func(w *simulation) {
			fails := &healthReporter{core.HookStats{Dropped: map[string]uint64{}}}
			well := &healthReporter{core.HookStats{Dropped: map[string]uint64{}}}
			p := w.startTarget(w.pod("production"), promhook.WithStatsFrom(fails))
			w.startTarget(w.pod("staging"), promhook.WithStatsFrom(well))
			w.advance(10 * minute)
			fails.stats.Dropped["gave_up"] = 3
			for range 30 {
				fails.stats.Errors += 2
				well.stats.Delivered += 1000
				w.advance(minute)
			}
			p.end()
			w.startTarget(w.pod("production"), promhook.WithStatsFrom(&healthReporter{core.HookStats{Dropped: map[string]uint64{}}}))
			w.advance(30 * minute)
		},
	},
}
