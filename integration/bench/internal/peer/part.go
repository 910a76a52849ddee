package peer

import (
	"context"
	"fmt"
	"testing"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// Names of the variants that the bars compare.
const loop = "loop"

// comparison is a workload with the trials of its peers. Peers with a task for
// each item are too slow on tiny items to run as often as the others.
type comparison struct {
	workload workload.Workload
	trials   []trial.Trial
}

// Part compares all peers with the best hand-written loop on each workload.
func Part(quick bool) trial.Part {
	comparisons := races(quick)
	p := trial.Part{Name: "peers"}
	for _, r := range comparisons {
		p.Trials = append(p.Trials, r.trials...)
	}
	p.Run = func(s *trial.Session) (report.Section, []bars.Reading) { return run(s, comparisons) }
	return p
}

func races(quick bool) []comparison {
	var all []comparison
	for _, w := range workload.All(quick) {
		base := paired.Variant{Name: loop, Run: func() { workload.Must(w.Loop(context.Background())) }}
		first := trial.Trial{Name: w.Name, Gate: w.Gate, Base: base}
		second := trial.Trial{Name: w.Name + ", a task per item", Gate: w.Gate, Base: base, Rounds: 0.5}
		switch w.Name {
		case "tiny", "sleep":
			first.Rounds = 3 // their durations are short and vary most
		case "heavy-first", "heavy-last":
			first.Rounds = 0.75
		}
		for i, p := range All() {
			v := paired.Variant{Name: p.Name, Ungated: p.Serial, Run: func() { workload.Must(p.Map(context.Background(), w.Workers, w.Items, w.Do)) }}
			apart := w.Name == "tiny" && p.PerItem
			if !apart {
				first.Others = append(first.Others, v)
			}
			if apart || i == 0 {
				second.Others = append(second.Others, v)
			}
		}
		r := comparison{w, []trial.Trial{first}}
		if len(second.Others) > 1 {
			r.trials = append(r.trials, second)
		}
		all = append(all, r)
	}
	return all
}

func run(s *trial.Session, races []comparison) (report.Section, []bars.Reading) {
	section := report.Section{
		Title: "Peers",
		Text: []string{
			"Each workload is the same function of an item, called by a loop written by hand that knows the best chunk size for it, by `core.Map` with its defaults, and by other " +
				"libraries as their documentation suggests. A pool is made and ended in the measured time. Ratios are to the loop.",
			"They do not all do the same: the first table says who keeps the order of results and what becomes of errors. `Map` also survives panics and `runtime.Goexit`, can be cancelled " +
				"between items and can be watched, which the loop is and does not.",
		},
		Tables: []report.Table{differences()},
	}
	standing := report.Table{
		Title:   "Map over each peer that keeps order and errors",
		Columns: []string{"peer"},
	}
	for _, p := range All()[1:] {
		if p.Faithful() && !p.Serial {
			standing.Rows = append(standing.Rows, []any{p.Name})
		}
	}
	var readings []bars.Reading
	us := All()[0].Name
	for _, r := range races {
		standing.Columns = append(standing.Columns, r.workload.Name)
		results := map[string]trial.Result{} // by the peer
		for _, t := range r.trials {
			result := s.Run(t)
			section.Tables = append(section.Tables, result.Table(r.title(t)))
			for _, v := range t.Others[1:] {
				results[v.Name] = result
			}
			if _, ok := results[us]; !ok {
				results[us] = result
			}
		}
		w := r.workload.Name
		readings = append(readings,
			results[us].Reading("map/"+w, us, loop),
			results[concMapper.Name].Reading("conc/"+w, us, concMapper.Name),
			results[errgroupItem.Name].Reading("errgroup/"+w, us, errgroupItem.Name))
		for i, row := range standing.Rows {
			result := results[row[0].(string)]
			standing.Rows[i] = append(row, ranking(result.Over(us, row[0].(string)), result.Resolution))
		}
	}
	section.Tables = append(section.Tables, standing)
	return section, readings
}

func (r comparison) title(t trial.Trial) string {
	if t.Name == r.workload.Name {
		return fmt.Sprintf("%s: %s", t.Name, r.workload.What)
	}
	return t.Name
}

// ranking says which one is faster, as far as can be decided.
func ranking(r trial.Ratio, resolution float64) string {
	switch {
	case r.Samples == 0:
		return "undecided"
	case r.Median > 1+resolution:
		return fmt.Sprintf("%v behind", report.Ratio(r.Median))
	case r.Median < 1/(1+resolution):
		return fmt.Sprintf("%v ahead", report.Ratio(r.Median))
	case resolution > bars.Coarse:
		return fmt.Sprintf("%v undecided", report.Ratio(r.Median))
	}
	return fmt.Sprintf("%v equal", report.Ratio(r.Median))
}

// differences shows the differences that numbers do not show.
func differences() report.Table {
	t := report.Table{
		Title:   "What they do",
		Columns: []string{"peer", "version", "order of results", "an item's error", "allocations per item", "besides"},
	}
	for _, p := range All() {
		failure := p.Errors
		if failure == "" {
			failure = "no place for it"
		}
		t.Rows = append(t.Rows, []any{p.Name, p.Version(), string(p.Order), failure, report.Ratio(p.allocations()), p.Note})
	}
	return t
}

// allocations counts the allocations of ten thousand items, including those of
// the run.
func (p Peer) allocations() float64 {
	items := workload.Numbers(10_000)
	return testing.AllocsPerRun(1, func() { workload.Must(p.Map(context.Background(), 2, items, paired.TwoMulAdds)) }) / float64(len(items))
}
