// Package counter counts the machine instructions of a chunk, where the machine
// has a counter for them. They do not depend on other load.
package counter

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

const (
	runs  = 10
	chunk = 20_000 // chunks in N; twice as many in 2N

	// steady is the greatest spread of runs for which a count is valid.
	steady = 0.005
)

// Part counts instructions, or reports why it cannot.
func Part() trial.Part {
	return trial.Part{Name: "instructions", Run: func(s *trial.Session) (report.Section, []bars.Reading) {
		s.Progress("instructions")
		section := report.Section{
			Title: "Instructions per chunk",
			Text: []string{fmt.Sprintf("Chunks of one item that does nothing, counted by the processor in user mode, with one processor and without garbage collection: the difference of runs of %d and %d chunks, "+
				"median of %d such differences. Differences that spread by more than %.1f %% are marked.", chunk, 2*chunk, runs, 100*steady)},
		}
		table, err := count(instructions)
		if err != nil {
			section.Text = append(section.Text, fmt.Sprintf("**Not measured here**: %v. Virtual machines often have no such counter; check with `perf stat -e instructions:u true`.", err))
			return section, nil
		}
		section.Tables = []report.Table{table}
		return section, nil
	}}
}

// count measures every path with a counter of one kind.
func count(kind kind) (report.Table, error) {
	table := report.Table{Columns: []string{"path", "instructions per chunk", "spread"}}
	c, err := open(kind)
	if err != nil {
		return table, err
	}
	defer c.close()
	f, err := exporterset.New()
	if err != nil {
		return table, err
	}
	defer f.Close() //nolint:errcheck // the null backends have nothing to say
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	paths := append([]exporterset.Named{
		{Name: "no hook"},
		{Name: "OnChunkEnd", Hooks: []core.Hook{core.OnChunkEnd(func(core.ChunkEnd) {})}},
		{Name: "OnProgress", Hooks: []core.Hook{core.OnProgress(func(core.Progress) {})}},
	}, f.Named()...)
	for _, p := range paths {
		e := core.NewExecutor(core.WithName("bench"), core.WithWorkers(1), core.WithChunkSize(1))
		e.Register(p.Hooks...)
		median, spread, err := difference(c, func(n int) {
			workload.Must(core.Map(context.Background(), e, make([]int, n), func(context.Context, int) (uint64, error) { return 0, nil }))
		})
		if err != nil {
			return table, err
		}
		spreadText := report.Percent(100 * spread).String()
		if spread > steady {
			spreadText += ", not steady"
		}
		table.Rows = append(table.Rows, []any{p.Name, report.Ratio(median), spreadText})
	}
	return table, nil
}

// reader reads a counter that only grows.
type reader interface {
	read() (uint64, error)
	close()
}

// difference returns the count of one chunk, and the spread of ten
// measurements.
func difference(c reader, run func(chunks int)) (median, spread float64, err error) {
	run(chunk) // the first run allocates what later runs reuse
	var all []float64
	for range runs {
		runtime.GC()
		once, err := counted(c, func() { run(chunk) })
		if err != nil {
			return 0, 0, err
		}
		twice, err := counted(c, func() { run(2 * chunk) })
		if err != nil {
			return 0, 0, err
		}
		all = append(all, (twice-once)/chunk)
	}
	median = paired.Summarize(all).Median
	return median, (slices.Max(all) - slices.Min(all)) / median, nil
}

func counted(c reader, do func()) (float64, error) {
	before, err := c.read()
	if err != nil {
		return 0, err
	}
	do()
	after, err := c.read()
	return float64(after - before), err
}
