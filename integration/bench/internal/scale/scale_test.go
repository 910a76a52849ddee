package scale

import (
	"slices"
	"testing"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/exporterset"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// TestMain checks for leaked goroutines, except for those that the packages of
// some peers start when they are imported.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func TestGrowth(t *testing.T) {
	const mib = 1 << 20
	p := point{warm: 11 * mib, last: 13 * mib}
	if got := p.growth(10 * mib); got != 2 {
		t.Errorf("growth %v, want that of 1 MiB to 3 MiB over a floor of 1 MiB", got)
	}
	if got := increase(0, mib); got != 0 {
		t.Errorf("without a measurement the increase is %v", got)
	}
	if got := powersOfTen(1, 1000); !slices.Equal(got, []int{1, 10, 100, 1000}) {
		t.Errorf("powers %v", got)
	}
}

// TestRunsAreConcurrent checks from outside that all runs are active during the
// measurement.
func TestRunsAreConcurrent(t *testing.T) {
	f, err := exporterset.New()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	p := runConcurrently(core.NewExecutor(core.WithWorkers(1)), 50, f)
	if p.goroutines < 100 { // a run and its worker
		t.Errorf("%d goroutines of 50 runs", p.goroutines)
	}
	if p.took <= 0 || p.last == 0 || p.scrape.Bytes == 0 {
		t.Errorf("point %+v", p)
	}
	if _, goroutines := held(20); goroutines < 20 {
		t.Errorf("%d goroutines of 20 workers", goroutines)
	}
}

// TestWorkerComparisons runs small comparisons of both kinds up to the tables.
func TestWorkerComparisons(t *testing.T) {
	var crews []workerComparison
	for _, kind := range []string{"waiting", "computing"} {
		w := workload.Workload{Workload: paired.SpinItems()}
		w.Workers, w.Items, w.Gate = 2, workload.Numbers(50), false
		crews = append(crews, newWorkerComparison(kind, w))
	}
	var section report.Section
	reportWorkers(&trial.Session{Rounds: 3}, &section, crews)
	if len(section.Tables) != 3 || len(section.Plots) != 2 {
		t.Fatalf("%d tables and %d plots", len(section.Tables), len(section.Plots))
	}
	for _, table := range section.Tables[:2] {
		if len(table.Rows) != 1 || len(table.Rows[0]) != len(table.Columns) || len(table.Columns) < 10 {
			t.Errorf("%s: columns %v, rows %v", table.Title, table.Columns, table.Rows)
		}
	}
	for _, p := range section.Plots {
		if p.Curves[0].Name != "Map" || len(p.Curves[0].Points) != 1 {
			t.Errorf("%s: the first curve is %+v", p.Title, p.Curves[0])
		}
	}
}
