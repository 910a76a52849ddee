package peer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/integration/bench/internal/trial"
	"github.com/chunkscope/chunkscope/integration/bench/internal/workload"
)

// TestAllDoTheWork compares the results of each peer with those of the loop, on
// a few items of each workload.
func TestAllDoTheWork(t *testing.T) {
	for _, w := range workload.All(true) {
		w.Items = w.Items[:min(300, len(w.Items))]
		want, err := w.Loop(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range All() {
			t.Run(w.Name+"/"+p.Name, func(t *testing.T) {
				got, err := p.Map(t.Context(), w.Workers, w.Items, w.Do)
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Clone(want)
				if p.Order == None {
					slices.Sort(got)
					slices.Sort(want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%d results, and they are not the loop's %d", len(got), len(want))
				}
			})
		}
	}
}

// TestErrorsAreReturned checks for each peer that the error of an item is
// returned, by the library or by the code around it.
func TestErrorsAreReturned(t *testing.T) {
	broken := errors.New("broken item")
	do := func(_ context.Context, item int) (uint64, error) {
		if item == 5 {
			return 0, broken
		}
		return uint64(item), nil
	}
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			if _, err := p.Map(t.Context(), 2, workload.Numbers(100), do); !errors.Is(err, broken) {
				t.Errorf("error %v, want %v", err, broken)
			}
		})
	}
}

// TestDifferencesAreListed checks that the table lists the differences of each
// peer.
func TestDifferencesAreListed(t *testing.T) {
	seen := map[string]bool{}
	for i, p := range All() {
		if p.Name == "" || seen[p.Name] || p.Order == "" {
			t.Errorf("peer %d: %+v", i, p)
		}
		seen[p.Name] = true
		if p.Errors == "" && !strings.Contains(p.Note, "errors are kept by the code around it") {
			t.Errorf("%s: the table does not say what happens to errors", p.Name)
		}
	}
	if first := All()[0]; first.Name != "Map" || !first.Faithful() {
		t.Errorf("the first peer is %q", first.Name)
	}
}

func TestRanking(t *testing.T) {
	for want, c := range map[string]struct{ median, resolution float64 }{
		"0.500 ahead": {0.5, 0.02}, "0.990 equal": {0.99, 0.02}, "1.010 equal": {1.01, 0.02}, "1.030 behind": {1.03, 0.02},
		"1.200 undecided": {1.2, 0.5}, "0.600 ahead": {0.6, 0.5}, "1.600 behind": {1.6, 0.5},
	} {
		if got := ranking(trial.Ratio{Median: c.median, Samples: 9}, c.resolution); got != want {
			t.Errorf("%+v stands %q, want %q", c, got, want)
		}
	}
	if got := ranking(trial.Ratio{}, 0); got != "undecided" {
		t.Errorf("nothing measured stands %q", got)
	}
}
