package paired

import (
	"math"
	"slices"
	"time"
)

// Summary describes a set of ratios by its quartiles. Unlike mean and standard
// deviation, they hardly change with a few disturbed samples.
type Summary struct {
	Q1, Median, Q3 float64
}

// Summarize returns the quartiles of xs, or the zero Summary if xs is empty. It
// does not change xs.
func Summarize(xs []float64) Summary {
	if len(xs) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(xs))
	return Summary{
		Q1:     quantile(sorted, 0.25),
		Median: quantile(sorted, 0.50),
		Q3:     quantile(sorted, 0.75),
	}
}

// quantile returns the p-quantile (0 <= p <= 1) of sorted, which must not be
// empty. Between two samples it interpolates linearly: the 0.5-quantile of an
// even number of samples is the mean of the middle two.
func quantile(sorted []float64, p float64) float64 {
	position := p * float64(len(sorted)-1)
	below := int(math.Floor(position))
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	fraction := position - float64(below)
	return sorted[below] + fraction*(sorted[below+1]-sorted[below])
}

// A series holds the samples of one variant: index r is the duration measured
// in round r, or dropped.
type series []time.Duration

// dropped marks a round without a sample of a variant. No measurement is zero:
// see clock.
const dropped time.Duration = 0

// kept returns the samples of s that were not dropped.
func (s series) kept() series {
	return slices.DeleteFunc(slices.Clone(s), func(d time.Duration) bool { return d == dropped })
}

// median returns the median of the kept samples, or 0 if there are none.
func (s series) median() time.Duration {
	kept := s.kept()
	xs := make([]float64, len(kept))
	for i, d := range kept {
		xs[i] = float64(d)
	}
	return time.Duration(Summarize(xs).Median)
}

// pairedRatios returns s[r]/base[r] for each round r in which both samples were
// kept. A sample without its partner in the same round is ignored.
func (s series) pairedRatios(base series) []float64 {
	var ratios []float64
	for r := range min(len(s), len(base)) {
		if s[r] != dropped && base[r] != dropped {
			ratios = append(ratios, float64(s[r])/float64(base[r]))
		}
	}
	return ratios
}

// minRatio returns the fastest kept sample of s divided by the fastest kept one
// of base, or 0 if either has none. It complements the paired median: it
// compares the quietest moments, which may be in different rounds.
func (s series) minRatio(base series) float64 {
	kept, baseKept := s.kept(), base.kept()
	if len(kept) == 0 || len(baseKept) == 0 {
		return 0
	}
	return float64(slices.Min(kept)) / float64(slices.Min(baseKept))
}
