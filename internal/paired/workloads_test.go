package paired

import (
	"context"
	"math"
	"slices"
	"testing"
)

func TestParetoItems(t *testing.T) {
	items := ParetoItems(10_000, paretoSeed)
	if len(items) != 10_000 || !slices.IsSorted(items) {
		t.Fatalf("%d items, sorted: %v", len(items), slices.IsSorted(items))
	}
	if items[0] < lightSteps {
		t.Errorf("lightest item %d, below %d", items[0], lightSteps)
	}
	if heaviest := items[len(items)-1]; heaviest != paretoCap*lightSteps {
		t.Errorf("heaviest item %d, want the cap %d to be reached and kept", heaviest, paretoCap*lightSteps)
	}
	if !slices.Equal(items, ParetoItems(10_000, paretoSeed)) {
		t.Error("equal seeds gave different items")
	}
	if slices.Equal(items, ParetoItems(10_000, paretoSeed+1)) {
		t.Error("different seeds gave equal items")
	}

	// The median of the distribution is 2^(1/alpha) times the lightest item,
	// and the mean 1 + the integral of x^-alpha from 1 to the cap.
	median := math.Pow(2, 1/paretoAlpha) * lightSteps
	if got := float64(items[len(items)/2]); math.Abs(got/median-1) > 0.05 {
		t.Errorf("median %.0f, want about %.0f", got, median)
	}
	mean := (1 + (1-math.Pow(paretoCap, 1-paretoAlpha))/(paretoAlpha-1)) * lightSteps
	sum := 0
	for _, n := range items {
		sum += n
	}
	if got := float64(sum) / float64(len(items)); math.Abs(got/mean-1) > 0.12 {
		t.Errorf("mean %.0f, want about %.0f", got, mean)
	}
}

func TestHeavyFirstAndLastAreTheSameItems(t *testing.T) {
	first, last := HeavyFirst().Items, HeavyLast().Items
	if slices.IsSorted(first) || !slices.IsSorted(last) {
		t.Fatal("the heavy items are not at the ends that the names promise")
	}
	slices.Reverse(first)
	if !slices.Equal(first, last) {
		t.Error("the two workloads differ in more than the order")
	}
}

func TestMulAdds(t *testing.T) {
	if got := mulAdds(7, 0); got != 7 {
		t.Errorf("no steps turned 7 into %d", got)
	}
	seven := uint64(7) // not a constant, so that the product may overflow
	if got, want := mulAdds(seven, 1), seven*6364136223846793005+1442695040888963407; got != want {
		t.Errorf("one step: %d, want %d", got, want)
	}
	if got, want := mulAdds(7, 10), mulAdds(mulAdds(7, 4), 6); got != want {
		t.Errorf("10 steps: %d, 4 and 6 steps: %d", got, want)
	}
}

// TestWorkSteps checks the number of steps of each kind of item by its result.
func TestWorkSteps(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name  string
		do    func(context.Context, int) (uint64, error)
		steps int
	}{
		{"TwoMulAdds", TwoMulAdds, 2},
		{"Spin", Spin, 900},
		{"Burn", Burn, 1234},
	} {
		if got, err := c.do(ctx, 1234); err != nil || got != mulAdds(1234, c.steps) {
			t.Errorf("%s is not %d multiply-adds (error %v)", c.name, c.steps, err)
		}
	}
}

func TestWorkloads(t *testing.T) {
	sizes := map[string]int{"tiny": 1_000_000, "spin": 100_000, "heavy-first": 10_000, "heavy-last": 10_000, "sleep": 2_000}
	all := Workloads()
	if len(all) != len(sizes) {
		t.Errorf("%d workloads, want %d", len(all), len(sizes))
	}
	for _, w := range all {
		if len(w.Items) != sizes[w.Name] {
			t.Errorf("%s: %d items, want %d", w.Name, len(w.Items), sizes[w.Name])
		}
		if w.Workers < 2 || w.Chunk < 1 {
			t.Errorf("%s: %d workers, chunk %d", w.Name, w.Workers, w.Chunk)
		}
		if w.Gate == (w.Name == "sleep") {
			t.Errorf("%s: gate %v", w.Name, w.Gate)
		}
		w.Items = w.Items[:100]
		want, err := Sequential(t.Context(), w.Items[:10], w.Do)
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Loop(t.Context())
		if err != nil || len(got) != 100 || !slices.Equal(got[:10], want) {
			t.Errorf("%s: Loop and Sequential differ (error %v)", w.Name, err)
		}
	}
}
