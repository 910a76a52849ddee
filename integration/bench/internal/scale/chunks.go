package scale

import (
	"context"
	"runtime"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

// chunks has runs of one chunk to a million, with all exporters.
func chunks(s *trial.Session, section *report.Section, quick bool) []bars.Reading {
	most := 1_000_000
	if quick {
		most = 100_000
	}
	table := report.Table{
		Title:   "Empty chunks in a run, with all exporters",
		Columns: []string{"chunks", "per chunk", "without hooks", "heap early", "heap late", "heap held after", "goroutines", "spans", "series", "scrape", "its size"},
	}
	plot := report.Plot{Title: "Time per empty chunk", X: "chunks in the run", Y: "time per chunk, ns", Curves: []report.Curve{{Name: "all exporters"}, {Name: "no hook"}}}
	var readings []bars.Reading
	for _, n := range powersOfTen(1, most) {
		measured(s, "chunks", n)
		items := make([]int, n) // allocated here, so that it does not count as memory of the hooks
		plain := chunked(core.NewExecutor(core.WithWorkers(2), core.WithChunkSize(1)), items, false)
		withExporters(func(f *exporterset.Set, before uint64) {
			e := core.NewExecutor(core.WithName("bench"), core.WithWorkers(2), core.WithChunkSize(1))
			e.Register(f.All()...)
			timed := chunked(e, items, false)
			spans := f.Spans()
			p := chunked(e, items, true)
			held := increase(settledHeap(), before)
			scrape := f.Scrape()
			per, perPlain := float64(timed.took)/float64(n), float64(plain.took)/float64(n)
			table.Rows = append(table.Rows, []any{
				n, report.Nanoseconds(per), report.Nanoseconds(perPlain), increase(p.warm, before), increase(p.last, before), held,
				p.goroutines, spans, scrape.Series, scrape.Took, report.Bytes(scrape.Bytes),
			})
			plot.Curves[0].Add(float64(n), per)
			plot.Curves[1].Add(float64(n), perPlain)
			if n == most {
				readings = []bars.Reading{
					{Bar: "memory/chunks", Value: p.growth(before)},
					{Bar: "memory/hooks", Value: float64(held)},
					{Bar: "spans", Value: float64(spans)},
				}
			}
		})
		runtime.KeepAlive(items)
	}
	section.Tables = append(section.Tables, table)
	section.Plots = append(section.Plots, plot)
	return readings
}

// chunked runs items that do nothing. If asked to, it measures the heap after a
// tenth of them and at the end; its duration then means nothing.
func chunked(e *core.Executor, items []int, look bool) (p point) {
	if look {
		items[len(items)/10], items[len(items)-1] = 1, 2
	}
	start := time.Now()
	err := core.ForEach(context.Background(), e, items, func(_ context.Context, item int) error {
		switch item { // each of the two items is in its own chunk
		case 1:
			p.warm = heap()
			p.goroutines = runtime.NumGoroutine()
		case 2:
			p.last = heap()
		}
		return nil
	})
	p.took = time.Since(start)
	if err != nil {
		panic(err)
	}
	return p
}
