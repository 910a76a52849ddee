// Package policy compares ways to choose the size of chunks: the default, and
// fixed sizes, which are right for some work and wrong for other.
package policy

import (
	"context"
	"fmt"
	"strings"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// defaultPolicy is the policy of an executor without options.
const defaultPolicy = "default"

// sizes are the fixed sizes of chunks for Map.
var sizes = []int{1, 16, 64, 256, 1024}

// callSizes are the fixed sizes of chunks that are passed to a function as a
// whole.
var callSizes = []int{1, 10, 100, 1000, 10_000}

func fixed(size int) string { return fmt.Sprintf("fixed %d", size) }

// Part measures the policies on all workloads.
func Part(quick bool) trial.Part {
	var items, calls []trial.Trial
	for _, w := range workload.All(quick) {
		items = append(items, itemTrials(w))
	}
	for _, b := range workload.Batches(quick) {
		calls = append(calls, callTrials(b))
	}
	return trial.Part{
		Name:   "policy",
		Trials: append(items[:len(items):len(items)], calls...),
		Run:    func(s *trial.Session) (report.Section, []bars.Reading) { return run(s, items, calls), nil },
	}
}

// itemTrials compares the policies of Map with the best loop for each workload.
func itemTrials(w workload.Workload) trial.Trial {
	t := trial.Trial{
		Name: "policy, " + w.Name, Gate: w.Gate, Rounds: 0.5,
		Base: paired.Variant{Name: loopOf(w.Chunk), Run: func() { workload.Must(w.Loop(context.Background())) }},
	}
	with := func(name string, opts ...core.Option) {
		e := core.NewExecutor(append(opts, core.WithWorkers(w.Workers))...)
		t.Others = append(t.Others, paired.Variant{Name: name, Run: func() { workload.Must(core.Map(context.Background(), e, w.Items, w.Do)) }})
	}
	with(defaultPolicy)
	for _, size := range sizes {
		with(fixed(size), core.WithChunkSize(size))
	}
	return t
}

// callTrials compares the policies of MapChunks with loops of all sizes. The
// best loop is only known afterwards.
func callTrials(b workload.Batch) trial.Trial {
	t := trial.Trial{Name: "policy, calls " + b.Name, Gate: b.Gate, Rounds: 0.5}
	for _, size := range callSizes {
		t.Others = append(t.Others, paired.Variant{Name: loopOf(size), Run: func() { workload.Must(b.Loop(context.Background(), size)) }})
	}
	t.Base, t.Others = t.Others[2], append(t.Others[:2:2], t.Others[3:]...)
	with := func(name string, opts ...core.Option) {
		e := core.NewExecutor(append(opts, core.WithWorkers(b.Workers))...)
		t.Others = append(t.Others, paired.Variant{Name: name, Run: func() { workload.Must(core.MapChunks(context.Background(), e, b.Items, b.Do)) }})
	}
	with(defaultPolicy)
	for _, size := range callSizes {
		with(fixed(size), core.WithChunkSize(size))
	}
	return t
}

func loopOf(size int) string { return fmt.Sprintf("loop %d", size) }

func run(s *trial.Session, items, calls []trial.Trial) report.Section {
	ofItems := grid{table: newTable("Functions of an item: ratio to the best loop, whose size is in brackets", sizes)}
	for _, t := range items {
		ofItems.add(s.Run(t), t.Base.Name, sizes)
	}
	ofCalls := grid{table: newTable("Functions of a chunk: ratio to the best loop of any size, which is in brackets", callSizes)}
	for _, t := range calls {
		result := s.Run(t)
		ofCalls.add(result, best(result), callSizes)
	}
	return report.Section{
		Title: "Chunk sizes",
		Text: []string{"The time of each policy over that of the best hand-written loop, which knows the best size for the work. What counts is the worst of a row: a program that sets a " +
			"size sets it for work it knows, and a default has to do for all."},
		Tables: []report.Table{ofItems.withWorst(), ofCalls.withWorst()},
	}
}

// best returns the loop that took the least time.
func best(r trial.Result) string {
	name := r.Base.Name
	for _, size := range callSizes {
		if t := r.Nanoseconds(loopOf(size)); t < r.Nanoseconds(name) {
			name = loopOf(size)
		}
	}
	return name
}

// grid is a table with a row for each policy and a column for each workload.
type grid struct {
	table report.Table
	worst []float64
}

func newTable(title string, sizes []int) report.Table {
	t := report.Table{Title: title, Columns: []string{"policy"}, Rows: [][]any{{defaultPolicy}}}
	for _, size := range sizes {
		t.Rows = append(t.Rows, []any{fixed(size)})
	}
	return t
}

// add adds a column.
func (g *grid) add(r trial.Result, base string, sizes []int) {
	g.table.Columns = append(g.table.Columns, fmt.Sprintf("%s (%s)", strings.TrimPrefix(r.Name, "policy, "), base))
	if g.worst == nil {
		g.worst = make([]float64, 1+len(sizes))
	}
	for i, row := range g.table.Rows {
		ratio := r.Over(row[0].(string), base).Median
		g.worst[i] = max(g.worst[i], ratio)
		g.table.Rows[i] = append(row, report.Ratio(ratio))
	}
}

func (g *grid) withWorst() report.Table {
	g.table.Columns = append(g.table.Columns, "worst")
	for i := range g.table.Rows {
		g.table.Rows[i] = append(g.table.Rows[i], report.Ratio(g.worst[i]))
	}
	return g.table
}
