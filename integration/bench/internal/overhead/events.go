package overhead

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// event compares the cost of one chunk in an exporter.
type event struct {
	trial  trial.Trial
	bar    string
	chunks int
	hook   string // the variant for the bar
}

// instrumentation is one way to report chunks to a back end. begin is called
// once for each execution, and returns the function that is called for each
// chunk.
type instrumentation struct {
	name  string
	begin func() func(core.ChunkEnd)
	end   func() // nil if nothing must be awaited
}

// withoutSetup returns an instrumentation that needs no preparation.
func withoutSetup(name string, do func(core.ChunkEnd)) instrumentation {
	return instrumentation{name: name, begin: func() func(core.ChunkEnd) { return do }}
}

// variant reports chunks on a number of goroutines.
func (w instrumentation) variant(workers, chunks int) paired.Variant {
	return paired.Variant{Name: w.name, Run: func() {
		do := w.begin()
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				e := chunkEnd()
				e.Worker = worker
				for i := range chunks / workers {
					e.Chunk, e.Duration = i, time.Millisecond+time.Duration(i*i%1000)*time.Microsecond
					do(e)
				}
			})
		}
		wg.Wait()
		if w.end != nil {
			w.end()
		}
	}}
}

// chunkEnd returns a typical chunk.
func chunkEnd() core.ChunkEnd {
	e := core.ChunkEnd{ItemsDone: 1000, Outcome: core.OutcomeOK, Attempts: 1, RunItems: 1_000_000, RunItemsDone: 5000, RunElapsed: time.Second}
	e.Executor, e.RunID, e.Items, e.Started = "bench", "1", 1000, time.Now()
	return e
}

// newEvents returns the comparisons of all exporters, with one worker and two.
func newEvents(f *exporterset.Set, quick bool) ([]event, error) {
	promWays, err := promInstrumentations(f)
	if err != nil {
		return nil, err
	}
	otelWays, err := otelInstrumentations()
	if err != nil {
		return nil, err
	}
	statsdWays, err := statsdInstrumentations(f)
	if err != nil {
		return nil, err
	}
	var all []event
	for _, kind := range []struct {
		exporter string
		chunks   int
		ways     []instrumentation // the bare calls, the hook, and others
	}{
		{"promhook", 200_000, promWays},
		{"otelhook", 40_000, otelWays},
		{"statsdhook", 100_000, statsdWays},
		{"webhookhook", 100_000, webhookInstrumentations(f)},
	} {
		for _, workers := range []int{1, 2} {
			e := event{bar: fmt.Sprintf("%s/%d", kind.exporter, workers), chunks: kind.chunks, hook: kind.ways[1].name}
			if quick {
				e.chunks /= 4
			}
			e.trial = trial.Trial{
				Name: fmt.Sprintf("a chunk in %s, workers: %d", kind.exporter, workers), Gate: workers > 1,
				Base: kind.ways[0].variant(workers, e.chunks),
			}
			for _, w := range kind.ways[1:] {
				e.trial.Others = append(e.trial.Others, w.variant(workers, e.chunks))
			}
			all = append(all, e)
		}
	}
	return all, nil
}

// reportEvents runs the comparisons.
func reportEvents(s *trial.Session, section report.Section, events []event) (report.Section, []bars.Reading) {
	table := report.Table{
		Title:   "The end of a chunk, in each exporter: over the least that does the same",
		Columns: []string{"comparison", "way", "ratio", "quartiles", "a worker's time per chunk"},
	}
	var readings []bars.Reading
	for i, e := range events {
		result := s.Run(e.trial)
		readings = append(readings, result.Reading(e.bar, e.hook, e.trial.Base.Name))
		for _, row := range result.Rows {
			ratio := result.Over(row.Name, e.trial.Base.Name)
			workers := 1 + i%2
			table.Rows = append(table.Rows, []any{
				e.trial.Name, row.Name, report.Ratio(ratio.Median),
				report.Range{report.Ratio(ratio.Q1), report.Ratio(ratio.Q3)},
				report.Nanoseconds(result.Nanoseconds(row.Name) * float64(workers) / float64(e.chunks)),
			})
		}
	}
	section.Tables = append(section.Tables, table)
	section.Text = append(section.Text, "A chunk in an exporter is compared with the bare calls of its client for the same series, everything prepared beforehand, "+
		"and with what a user would instrument by hand: labels and attributes at each call, as in the clients' own examples. For StatsD the base is that already: a counter and a timer of "+
		"a buffered client. For webhooks it is two sends to a channel that has room.")
	return section, readings
}

// withRun starts a run with the hook and returns its context, because chunks
// belong to a run.
func withRun(h core.HookRunStart) context.Context {
	return h.OnRunStart(context.Background(), core.RunStart{Executor: "bench", RunID: "1", Items: 1_000_000, Workers: 2, Started: time.Now()})
}
