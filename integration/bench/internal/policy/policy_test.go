package policy

import (
	"slices"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// result is a trial of calls with the given durations, in µs.
func result(name string, took map[string]time.Duration) trial.Result {
	r := trial.Result{Trial: trial.Trial{Name: name, Base: paired.Variant{Name: loopOf(100)}}}
	for variant, d := range took {
		r.Rows = append(r.Rows, paired.Row{Name: variant, Samples: []time.Duration{d, d}, Time: d, Kept: 2})
	}
	return r
}

func TestGridHasTheWorstOfEachPolicy(t *testing.T) {
	took := func(best int, ofDefault, of1, of10 time.Duration) map[string]time.Duration {
		all := map[string]time.Duration{defaultPolicy: ofDefault, fixed(1): of1, fixed(10): of10}
		for _, size := range callSizes {
			all[loopOf(size)] = 200
		}
		all[loopOf(best)] = 100
		return all
	}
	g := grid{table: newTable("", []int{1, 10})}
	for _, r := range []trial.Result{
		result("policy, first", took(10, 110, 300, 100)),
		result("policy, second", took(1000, 120, 100, 500)),
	} {
		g.add(r, best(r), []int{1, 10})
	}
	table := g.withWorst()
	if want := []string{"policy", "first (loop 10)", "second (loop 1000)", "worst"}; !slices.Equal(table.Columns, want) {
		t.Errorf("columns %v, want %v", table.Columns, want)
	}
	for i, want := range []report.Ratio{1.2, 3, 5} {
		if got := table.Rows[i][3]; got != want {
			t.Errorf("%v: worst %v, want %v", table.Rows[i][0], got, want)
		}
	}
}

// TestPoliciesDoTheWork runs each variant once, on few items.
func TestPoliciesDoTheWork(t *testing.T) {
	w, b := workload.All(true)[0], workload.Batches(true)[0]
	w.Items, b.Items = w.Items[:100], b.Items[:100]
	for _, tr := range []trial.Trial{itemTrials(w), callTrials(b)} {
		tr.Base.Run()
		for _, v := range tr.Others {
			v.Run() // it panics on an error
		}
		if len(tr.Others) < 1+len(sizes) {
			t.Errorf("%s: %d variants", tr.Name, len(tr.Others))
		}
	}
}
