package paired

import (
	"fmt"
	"reflect"
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

// TestMeasurePairsWithinRounds simulates a machine that gets slower by a factor
// of two in each round. Ratios within a round do not change.
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
		{Name: "base", Ratio: Summary{1, 1, 1}, MinRatio: 1, Time: 600, Kept: 6, Samples: []time.Duration{100, 200, 400, 800, 1600, 3200}},
		{Name: "triple", Bar: 4, Ratio: Summary{3, 3, 3}, MinRatio: 3, Time: 1800, Kept: 6, Samples: []time.Duration{300, 600, 1200, 2400, 4800, 9600}},
	}
	if !reflect.DeepEqual(rows, want) {
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
		{Name: "base", Ratio: Summary{1, 1, 1}, MinRatio: 1, Time: 10, Kept: 3, Rejected: 6, Dropped: 1, Samples: []time.Duration{0, 10, 10, 10}},
		{Name: "other", Ratio: Summary{2, 2, 2}, MinRatio: 2, Time: 20, Kept: 2, Rejected: 9, Dropped: 1, Samples: []time.Duration{20, 0, 20, 20}},
		{Name: "hopeless", Rejected: 24, Dropped: 4, Samples: []time.Duration{0, 0, 0, 0}},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("rows %+v\nwant %+v", rows, want)
	}
}

func TestRatiosOfAnyTwoRows(t *testing.T) {
	row := Row{Samples: []time.Duration{30, 20, dropped, 10}}
	other := Row{Samples: []time.Duration{10, dropped, 10, 20}}
	if got, want := row.Ratios(other), []float64{3, 0.5}; !slices.Equal(got, want) {
		t.Errorf("ratios %v, want %v: those of the rounds that both kept", got, want)
	}
}

func TestMeasure(t *testing.T) {
	ran := map[string]int{}
	variant := func(name string) Variant { return Variant{Name: name, Bar: 1e-12, Run: func() { ran[name]++ }} }
	rows, err := Measure(Options{}, 7, variant("base"), variant("other"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range rows {
		names = append(names, r.Name)
		if r.Kept != 7 || len(r.Samples) != 7 || !(r.Ratio.Median > 0) {
			t.Errorf("row %+v, want 7 samples", r)
		}
	}
	if want := []string{"base", controlName, "other"}; !slices.Equal(names, want) {
		t.Errorf("rows %v, want %v", names, want)
	}
	if ran["base"] != 14 || ran["other"] != 7 {
		t.Errorf("executions %v, want 14 of the base, which is its own control, and 7 of the other", ran)
	}
	if _, err := Measure(Options{}, 1, variant("same"), variant("same")); err == nil {
		t.Error("two variants of one name were measured")
	}
}
