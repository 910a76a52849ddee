package trial

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/internal/paired"
)

func TestInterval(t *testing.T) {
	samples := func(n int) []float64 {
		var all []float64
		for i := range n {
			all = append(all, float64((i*7)%n+1)) // 1..n in some order, because 7 divides none of the n
		}
		return all
	}
	// The ranks are those of the tables of the sign test at 5 %.
	for n, want := range map[int][2]float64{1: {1, 1}, 5: {1, 5}, 6: {1, 6}, 8: {1, 8}, 9: {2, 8}, 10: {2, 9}, 20: {6, 15}, 40: {14, 27}} {
		if low, high := interval(samples(n)); low != want[0] || high != want[1] {
			t.Errorf("%d samples: %v to %v, want %v", n, low, high, want)
		}
	}
}

// TestIntervalCovers draws samples from a skewed distribution with a known
// median.
func TestIntervalCovers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const draws = 4000
	covered := 0
	for range draws {
		samples := make([]float64, 20)
		for i := range samples {
			samples[i] = rng.ExpFloat64()
		}
		if low, high := interval(samples); low <= math.Ln2 && math.Ln2 <= high {
			covered++
		}
	}
	if share := float64(covered) / draws; share < 0.95 || share > 0.975 {
		t.Errorf("%.3f of the intervals have the median in them, want 0.95 and not much more", share)
	}
}

// samples returns a row of a trial.
func samples(name string, ds ...time.Duration) paired.Row {
	return paired.Row{Name: name, Samples: ds, Kept: len(ds), Time: ds[0]}
}

func TestResult(t *testing.T) {
	r := Result{
		Trial:      Trial{Name: "some", Base: paired.Variant{Name: "base"}},
		Resolution: 0.25,
		Rows: []paired.Row{
			samples("base", 10, 20, 10), samples(control, 10, 10, 10),
			samples("slow", 30, 60, 0), samples("fast", 10, 5, 40),
		},
	}
	if got := r.Over("slow", "fast"); got.Median != 7.5 || got.Low != 3 || got.High != 12 || got.Samples != 2 {
		t.Errorf("slow over fast: %+v", got)
	}
	if got := r.Added("slow"); got != 30 {
		t.Errorf("slow adds %v ns, want the median of 20 and 40", got)
	}
	want := bars.Reading{Bar: "x", Value: 3, Low: 3, High: 3, Best: 3, Resolution: 0.25, Samples: 2}
	if got := r.Reading("x", "slow", "base"); got != want {
		t.Errorf("reading %+v, want %+v", got, want)
	}
	table := r.Table("")
	if len(table.Rows) != 4 || len(table.Rows[0]) != len(table.Columns) || len(table.Rows[2]) != len(table.Columns) {
		t.Errorf("table %+v", table)
	}
}

// TestControlStatesResolution has a base that takes longer every other time.
func TestControlStatesResolution(t *testing.T) {
	var log strings.Builder
	s := &Session{Rounds: 10, Log: &log}
	ran := 0
	trials := []Trial{
		{Name: "steady", Rounds: 0.7, Base: paired.Variant{Name: "base", Run: func() { ran++ }}},
		{Name: "rare", Rounds: 0.01, Base: paired.Variant{Name: "base", Run: func() {}}},
	}
	section := s.Control(trials)
	if rows := section.Tables[0].Rows; len(rows) != 2 || rows[0][3] != 7 || rows[1][3] != minRounds {
		t.Errorf("rows %v, want 7 rounds and %d", rows, minRounds)
	}
	if ran != 1+2*7 {
		t.Errorf("%d executions, want one to warm up and 14", ran)
	}
	if got := s.Run(trials[0]); got.Resolution != s.resolutions["steady"] || got.Resolution <= 0 {
		t.Errorf("resolution %v, the control stated %v", got.Resolution, s.resolutions)
	}
	if !strings.Contains(log.String(), "control of steady") {
		t.Errorf("the log is %q", log.String())
	}
	if noise := s.Noise(); !strings.HasPrefix(noise, "0 of 34 executions rejected") {
		t.Errorf("noise %q", noise)
	}
}

func TestResolutionOfNothing(t *testing.T) {
	none := newRatio(nil)
	if got := none.resolution(); !math.IsInf(got, 1) || !math.IsNaN(none.Median) || !math.IsNaN(none.Best) {
		t.Errorf("no samples are %+v and resolve %v", none, got)
	}
	if got := newRatio([]float64{0.9, 1, 1.02}).resolution(); math.Abs(got-0.1) > 1e-9 {
		t.Errorf("resolution %v, want the farther end", got)
	}
}
