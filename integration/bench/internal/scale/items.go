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

// items sends a thousand items, up to the maximum, through Stream, with hooks
// and without.
func items(s *trial.Session, section *report.Section, most int) []bars.Reading {
	table := report.Table{
		Title:   "Items through Stream, which do next to nothing",
		Columns: []string{"items", "per item", "with all exporters", "heap early", "heap late", "goroutines", "series", "scrape", "its size"},
	}
	plot := report.Plot{Title: "Time per item through Stream", X: "items", Y: "time per item, ns", Curves: []report.Curve{{Name: "no hook"}, {Name: "all exporters"}}}
	memory := report.Plot{Title: "Heap late in a stream", X: "items", Y: "heap beyond the program's, KiB", Curves: []report.Curve{{Name: "all exporters"}}}
	var growth float64 // of the longest, without hooks
	for _, n := range powersOfTen(1000, most) {
		measured(s, "items", n)
		before := heap()
		plain := stream(core.NewExecutor(core.WithWorkers(2)), n, nil)
		growth = plain.growth(before)
		withExporters(func(f *exporterset.Set, before uint64) {
			e := core.NewExecutor(core.WithName("bench"), core.WithWorkers(2))
			e.Register(f.All()...)
			p := stream(e, n, f)
			perPlain, per := float64(plain.took)/float64(n), float64(p.took)/float64(n)
			table.Rows = append(table.Rows, []any{
				n, report.Nanoseconds(perPlain), report.Nanoseconds(per), increase(p.warm, before), increase(p.last, before),
				p.goroutines, p.scrape.Series, p.scrape.Took, report.Bytes(p.scrape.Bytes),
			})
			plot.Curves[0].Add(float64(n), perPlain)
			plot.Curves[1].Add(float64(n), per)
			memory.Curves[0].Add(float64(n), float64(increase(p.last, before))/1024)
		})
	}
	section.Tables = append(section.Tables, table)
	section.Plots = append(section.Plots, plot, memory)
	return []bars.Reading{{Bar: "memory/stream", Value: growth}}
}

// warmItems is the number of items after which the memory of a stream must not
// grow. With exporters it still grows, until a thousand chunks have spans that
// wait to be sent.
const warmItems = 100_000

// stream ranges over n items. It measures the heap after the warm-up, or after
// half of fewer items, and at the end. The duration excludes that.
func stream(e *core.Executor, n int, f *exporterset.Set) (p point) {
	source := func(yield func(int, error) bool) {
		for i := range n {
			if !yield(i, nil) {
				return
			}
		}
	}
	square := func(_ context.Context, v int) (int, error) { return v * v, nil }
	early, done := min(warmItems, n/2), 0
	look := func(at *uint64) {
		start := time.Now()
		*at = heap()
		p.goroutines = max(p.goroutines, runtime.NumGoroutine())
		p.took -= time.Since(start)
	}
	start := time.Now()
	for _, err := range core.Stream(context.Background(), e, source, square) {
		if err != nil {
			panic(err)
		}
		switch done++; done {
		case early:
			look(&p.warm)
		case n:
			look(&p.last)
		}
	}
	p.took += time.Since(start)
	if f != nil {
		p.scrape = f.Scrape()
	}
	return p
}
