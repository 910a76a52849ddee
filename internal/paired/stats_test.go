package paired

import (
	"slices"
	"testing"
	"time"
)

func TestSummarize(t *testing.T) {
	for _, c := range []struct {
		name string
		xs   []float64
		want Summary
	}{
		{"empty", nil, Summary{}},
		{"one", []float64{7}, Summary{7, 7, 7}},
		{"two", []float64{3, 1}, Summary{1.5, 2, 2.5}},
		{"odd, unsorted", []float64{5, 1, 4, 2, 3}, Summary{2, 3, 4}},
		{"even, unsorted", []float64{4, 1, 3, 2}, Summary{1.75, 2.5, 3.25}},
		{"outlier", []float64{1, 1, 1, 1, 1000}, Summary{1, 1, 1}},
	} {
		before := slices.Clone(c.xs)
		if got := Summarize(c.xs); got != c.want {
			t.Errorf("%s: Summarize(%v) = %v, want %v", c.name, c.xs, got, c.want)
		}
		if !slices.Equal(c.xs, before) {
			t.Errorf("%s: Summarize reordered its argument to %v", c.name, c.xs)
		}
	}
}

func TestQuantileEnds(t *testing.T) {
	sorted := []float64{1, 2, 4}
	for p, want := range map[float64]float64{0: 1, 0.25: 1.5, 0.75: 3, 1: 4} {
		if got := quantile(sorted, p); got != want {
			t.Errorf("quantile(%v, %v) = %v, want %v", sorted, p, got, want)
		}
	}
}

func TestPairedRatios(t *testing.T) {
	base := series{10, dropped, 40, 100}
	samples := series{20, 30, dropped, 50}
	// The second and third rounds lack one of the two samples. Pairing the kept
	// samples by position instead of by round would give 2, 0.75 and 0.5.
	if got, want := samples.pairedRatios(base), []float64{2, 0.5}; !slices.Equal(got, want) {
		t.Errorf("ratios %v, want %v", got, want)
	}
	if got := (series{}).pairedRatios(base); len(got) != 0 {
		t.Errorf("ratios %v without a sample", got)
	}
}

func TestMinRatio(t *testing.T) {
	for _, c := range []struct {
		samples, base series
		want          float64
	}{
		{series{30, 20, 50}, series{10, 90, 40}, 2},
		{series{dropped, 20}, series{10, dropped}, 2}, // of different rounds
		{series{dropped}, series{10}, 0},
		{series{10}, series{dropped}, 0},
	} {
		if got := c.samples.minRatio(c.base); got != c.want {
			t.Errorf("minRatio of %v to %v = %v, want %v", c.samples, c.base, got, c.want)
		}
	}
}

func TestSeriesMedian(t *testing.T) {
	s := series{30, dropped, 10, 20, dropped}
	if got := s.median(); got != 20 {
		t.Errorf("median of %v = %d, want 20", s, got)
	}
	if got := (series{dropped}).median(); got != 0 {
		t.Errorf("median of nothing kept = %d, want 0", got)
	}
	if want := (series{30, dropped, 10, 20, dropped}); !slices.Equal(s, want) {
		t.Errorf("median changed the samples to %v", s)
	}
}

func TestThreeDigits(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		0: 0, 1: 1, 999: 999, 1234: 1230, 9999: 10_000, 123_456_789: 123_000_000,
	} {
		if got := threeDigits(d); got != want {
			t.Errorf("threeDigits(%d) = %d, want %d", d, got, want)
		}
	}
}
