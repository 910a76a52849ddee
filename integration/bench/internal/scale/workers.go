package scale

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/peer"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// workerComparison compares Map and peers with a number of workers.
type workerComparison struct {
	trial   trial.Trial
	kind    string // the kind of items: waiting or computing
	workers int
	items   int
}

// loop is the base of the comparisons.
const loop = "loop"

// WorkersPart measures along the axis of workers, for Map and peers.
func WorkersPart(quick bool) trial.Part {
	crews := workerComparisons(quick)
	p := trial.Part{Name: "workers"}
	for _, c := range crews {
		p.Trials = append(p.Trials, c.trial)
	}
	p.Run = func(s *trial.Session) (report.Section, []bars.Reading) {
		section := report.Section{Title: "Workers", Text: []string{
			"The same work by one worker to a thousand: items that wait, 16 for each worker, and a fixed number of items that compute, for which more workers than processors are of no use, and should do no harm.",
		}}
		reportWorkers(s, &section, crews)
		return section, nil
	}
	return p
}

// workerComparisons have items that wait for a millisecond, 16 for each worker,
// and items that compute for one microsecond, always as many.
func workerComparisons(quick bool) []workerComparison {
	counts := []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}
	computing := 20_000
	if quick {
		counts, computing = []int{1, 2, 64, 1024}, 5_000
	}
	var all []workerComparison
	for _, kind := range []string{"waiting", "computing"} {
		for _, workers := range counts {
			w := workload.Workload{Workload: paired.Sleeping()}
			n := max(64, 16*workers)
			if kind == "computing" {
				w.Workload, n = paired.SpinItems(), computing
			}
			w.Workers, w.Items = workers, workload.Numbers(n)
			all = append(all, newWorkerComparison(kind, w))
		}
	}
	return all
}

func newWorkerComparison(kind string, w workload.Workload) workerComparison {
	c := workerComparison{kind: kind, workers: w.Workers, items: len(w.Items)}
	c.trial = trial.Trial{
		Name: fmt.Sprintf("%s items, workers: %d", kind, w.Workers), Rounds: 0.35, Gate: w.Gate && w.Workers > 1,
		Base: paired.Variant{Name: loop, Run: func() { workload.Must(w.Loop(context.Background())) }},
	}
	for _, p := range peer.All() {
		if p.Unlimited || p.Serial {
			continue // it does not depend on the number of workers
		}
		c.trial.Others = append(c.trial.Others, paired.Variant{Name: p.Name, Run: func() {
			workload.Must(p.Map(context.Background(), w.Workers, w.Items, w.Do))
		}})
	}
	return c
}

// reportWorkers runs the comparisons, and measures memory and goroutines.
func reportWorkers(s *trial.Session, section *report.Section, crews []workerComparison) {
	for _, kind := range []string{"waiting", "computing"} {
		title := "Items that wait 1 ms: ratio to the loop of Map and peers"
		// The time of a worker is the time per item of all of them together.
		// Without any loss it would be the millisecond of the item, for any
		// number of workers.
		plot := report.Plot{Title: "Time against workers, waiting items", X: "workers", Y: "a worker's time per item, µs"}
		scale := func(c workerComparison) float64 { return float64(c.workers) / 1000 }
		if kind == "computing" {
			title = "Items that compute for 1 µs: ratio to the loop of Map and peers"
			plot.Title, plot.Y = "Time against workers, computing items", "time per item, ns"
			scale = func(workerComparison) float64 { return 1 }
		}
		table := report.Table{Title: title, Columns: []string{"workers", "loop, per item"}}
		for _, v := range crews[0].trial.Others {
			table.Columns = append(table.Columns, v.Name)
			plot.Curves = append(plot.Curves, report.Curve{Name: v.Name})
		}
		plot.Curves = append(plot.Curves, report.Curve{Name: loop})
		for _, c := range crews {
			if c.kind != kind {
				continue
			}
			result := s.Run(c.trial)
			per := func(name string) float64 { return result.Nanoseconds(name) / float64(c.items) }
			row := []any{c.workers, report.Nanoseconds(per(loop))}
			for i, curve := range plot.Curves {
				if curve.Name != loop {
					row = append(row, report.Ratio(result.Over(curve.Name, loop).Median))
				}
				plot.Curves[i].Add(float64(c.workers), per(curve.Name)*scale(c))
			}
			table.Rows = append(table.Rows, row)
		}
		section.Tables = append(section.Tables, table)
		section.Plots = append(section.Plots, plot)
	}
	table := report.Table{Title: "Workers of Map, all at an item", Columns: []string{"workers", "heap", "heap per worker", "goroutines"}}
	for _, workers := range []int{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024} {
		heap, goroutines := held(workers)
		table.Rows = append(table.Rows, []any{workers, heap, report.Bytes(float64(heap) / float64(workers)), goroutines})
	}
	section.Tables = append(section.Tables, table)
}

// held returns the memory of a run while each of its workers is at an item.
func held(workers int) (held report.Bytes, goroutines int) {
	e := core.NewExecutor(core.WithWorkers(workers), core.WithChunkSize(1))
	var begun sync.WaitGroup
	begun.Add(workers)
	goOn, ended := make(chan struct{}), make(chan error)
	before, idle := heap(), runtime.NumGoroutine()
	go func() {
		ended <- core.ForEach(context.Background(), e, make([]int, workers), func(context.Context, int) error {
			begun.Done()
			<-goOn
			return nil
		})
	}()
	begun.Wait()
	held, goroutines = increase(heap(), before), runtime.NumGoroutine()-idle
	close(goOn)
	if err := <-ended; err != nil {
		panic(err)
	}
	return held, goroutines
}
