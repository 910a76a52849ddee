// Package workload has the work for all measurements: the five kinds of items
// of internal/paired, and functions whose calls have a cost.
package workload

import (
	"context"

	"github.com/chunkscope/chunkscope/internal/paired"
)

// Workload is one of the five kinds of work with items.
type Workload struct {
	paired.Workload
	What string // for readers
}

// All returns the five. Quick ones have a tenth of the items, for runs that
// only check whether something is badly wrong.
func All(quick bool) []Workload {
	all := []Workload{
		{paired.TinyItems(), "1,000,000 items of 2 ns, 2 workers"},
		{paired.SpinItems(), "100,000 items of 1 µs, 2 workers"},
		{paired.HeavyFirst(), "10,000 uneven items (Pareto, 45 µs in the mean), heavy first, 2 workers"},
		{paired.HeavyLast(), "the same, heavy last"},
		{paired.Sleeping(), "2,000 items that wait 1 ms, 64 workers"},
	}
	if quick {
		for i := range all {
			all[i].Items = everyTenth(all[i].Items)
			all[i].What += "; a tenth of the items"
		}
	}
	return all
}

// Spin returns the workload of items of a microsecond, with which hooks and
// exporters are measured.
func Spin(quick bool) Workload { return All(quick)[1] }

// everyTenth keeps the distribution and the order of weights.
func everyTenth(items []int) []int {
	few := make([]int, 0, (len(items)+9)/10)
	for i := 0; i < len(items); i += 10 {
		few = append(few, items[i])
	}
	return few
}

// Steps returns a function of an item that takes n multiply-adds, each a little
// over a nanosecond.
func Steps(n int) func(context.Context, int) (uint64, error) {
	return func(ctx context.Context, item int) (uint64, error) {
		v, err := paired.Burn(ctx, n)
		return v + uint64(item), err
	}
}

// Numbers returns 0..n-1.
func Numbers(n int) []int {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return items
}

// Must panics with the error of a measurement that no longer does its work.
func Must[R any](_ R, err error) {
	if err != nil {
		panic(err)
	}
}
