package scale

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
)

// concurrent has one run to ten thousand at once, of an executor with all
// exporters. Each has one item, which waits until the items of all runs are
// active.
func concurrent(s *trial.Session, section *report.Section, quick bool) {
	most := 10_000
	if quick {
		most = 1000
	}
	table := report.Table{
		Title:   "Runs at once of one executor, with all exporters; each run reports its progress ten times a second",
		Columns: []string{"runs", "per run", "heap per run, all under way", "held after", "after as many again", "goroutines per run", "faults", "series", "scrape, all under way", "its size"},
	}
	plot := report.Plot{Title: "Time of a run among others", X: "runs at once", Y: "time per run, µs", Curves: []report.Curve{{Name: "all exporters"}}}
	for _, n := range powersOfTen(1, most) {
		measured(s, "runs at once", n)
		withExporters(func(f *exporterset.Set, before uint64) {
			var faults counting // a hook that waits ten seconds for a processor counts as one
			e := core.NewExecutor(core.WithName("bench"), core.WithWorkers(1), core.WithLogger(slog.New(&faults)))
			e.Register(f.All()...)
			p := runConcurrently(e, n, f)
			held := increase(settledHeap(), before)
			runConcurrently(e, n, f)
			per := float64(p.took) / float64(n)
			table.Rows = append(table.Rows, []any{
				n, report.Nanoseconds(per), report.Bytes(float64(increase(p.last, before)) / float64(n)), held, increase(settledHeap(), before),
				report.Ratio(float64(p.goroutines) / float64(n)), int(faults.records.Load()), p.scrape.Series, p.scrape.Took, report.Bytes(p.scrape.Bytes),
			})
			plot.Curves[0].Add(float64(n), per/1000)
		})
	}
	section.Tables = append(section.Tables, table)
	section.Plots = append(section.Plots, plot)
}

// counting is a log handler that counts records.
type counting struct{ records atomic.Int64 }

func (*counting) Enabled(context.Context, slog.Level) bool { return true }
func (c *counting) WithAttrs([]slog.Attr) slog.Handler     { return c }
func (c *counting) WithGroup(string) slog.Handler          { return c }
func (c *counting) Handle(context.Context, slog.Record) error {
	c.records.Add(1)
	return nil
}

// runConcurrently starts n runs, measures while all are active, lets them end,
// and returns the duration without that of the measurement.
func runConcurrently(e *core.Executor, n int, f *exporterset.Set) (p point) {
	var begun, ended sync.WaitGroup
	begun.Add(n)
	release := make(chan struct{})
	idle := runtime.NumGoroutine()
	start := time.Now()
	for range n {
		ended.Go(func() {
			err := core.ForEach(context.Background(), e, []int{0}, func(context.Context, int) error {
				begun.Done()
				<-release
				return nil
			})
			if err != nil {
				panic(err)
			}
		})
	}
	begun.Wait()
	p.took = time.Since(start)
	p.goroutines = runtime.NumGoroutine() - idle
	p.last = heap()
	p.scrape = f.Scrape()
	start = time.Now()
	close(release)
	ended.Wait()
	p.took += time.Since(start)
	return p
}

// names has runs of one executor name to a thousand, like a program that puts
// an id into the name, against our advice.
func names(s *trial.Session, section *report.Section, quick bool) {
	most := 1000
	if quick {
		most = 100
	}
	table := report.Table{
		Title:   "Executor names in a program, one run each, with all exporters",
		Columns: []string{"names", "series", "scrape", "its size", "heap held"},
	}
	for _, n := range powersOfTen(1, most) {
		measured(s, "names", n)
		withExporters(func(f *exporterset.Set, before uint64) {
			for i := range n {
				e := core.NewExecutor(core.WithName(fmt.Sprintf("job-%d", i)), core.WithWorkers(1))
				e.Register(f.All()...)
				if err := core.ForEach(context.Background(), e, []int{0}, func(context.Context, int) error { return nil }); err != nil {
					panic(err)
				}
			}
			scrape := f.Scrape()
			table.Rows = append(table.Rows, []any{n, scrape.Series, scrape.Took, report.Bytes(scrape.Bytes), increase(settledHeap(), before)})
		})
	}
	section.Tables = append(section.Tables, table)
}
