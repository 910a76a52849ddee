package paired

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestOrders(t *testing.T) {
	collect := func(n, rounds int, seed uint64) (all []string) {
		for order := range orders(n, rounds, seed) {
			sorted := slices.Sorted(slices.Values(order))
			if want := numbers(n); !slices.Equal(sorted, want) {
				t.Errorf("order %v is not a permutation of %v", order, want)
			}
			all = append(all, fmt.Sprint(order))
		}
		return all
	}
	first := collect(5, 40, 1)
	if len(first) != 40 {
		t.Fatalf("%d orders, want 40", len(first))
	}
	if !slices.Equal(first, collect(5, 40, 1)) {
		t.Error("equal seeds gave different orders")
	}
	if slices.Equal(first, collect(5, 40, 2)) {
		t.Error("different seeds gave equal orders")
	}
	slices.Sort(first)
	if distinct := len(slices.Compact(first)); distinct < 20 {
		t.Errorf("only %d distinct orders in 40 rounds", distinct)
	}
}

// TestMeasurePairsWithinRounds lets the machine get slower by a factor of two
// in each round. Ratios within a round do not notice.
func TestMeasurePairsWithinRounds(t *testing.T) {
	variants := []Variant{{Name: "base"}, {Name: "triple", Bar: 4}}
	ran := map[string]int{}
	rows := measure(variants, 6, 1, func(v Variant) (time.Duration, int) {
		d := time.Duration(100) << ran[v.Name]
		ran[v.Name]++
		if v.Name == "triple" {
			d *= 3
		}
		return d, 0
	})
	if ran["base"] != 6 || ran["triple"] != 6 {
		t.Errorf("executions %v, want 6 each", ran)
	}
	want := []Row{
		{Name: "base", Ratio: Summary{1, 1, 1}, MinRatio: 1, Time: 600, Kept: 6},
		{Name: "triple", Bar: 4, Ratio: Summary{3, 3, 3}, MinRatio: 3, Time: 1800, Kept: 6},
	}
	if !slices.Equal(rows, want) {
		t.Errorf("rows %+v\nwant %+v", rows, want)
	}
}

func TestMeasureCountsRejectionsAndDrops(t *testing.T) {
	variants := []Variant{{Name: "base"}, {Name: "other"}, {Name: "hopeless"}}
	round := map[string]int{}
	rows := measure(variants, 4, 1, func(v Variant) (time.Duration, int) {
		round[v.Name]++
		switch {
		case v.Name == "base" && round["base"] == 1, v.Name == "other" && round["other"] == 2:
			return dropped, maxTries
		case v.Name == "hopeless":
			return dropped, maxTries
		case v.Name == "other":
			return 20, 1
		}
		return 10, 0
	})
	want := []Row{
		{Name: "base", Ratio: Summary{1, 1, 1}, MinRatio: 1, Time: 10, Kept: 3, Rejected: 6, Dropped: 1},
		{Name: "other", Ratio: Summary{2, 2, 2}, MinRatio: 2, Time: 20, Kept: 2, Rejected: 9, Dropped: 1},
		{Name: "hopeless", Rejected: 24, Dropped: 4},
	}
	if !slices.Equal(rows, want) {
		t.Errorf("rows %+v\nwant %+v", rows, want)
	}
}
