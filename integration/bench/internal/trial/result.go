package trial

import (
	"fmt"
	"math"
	"slices"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
	"github.com/chunkscope/chunkscope/integration/bench/internal/report"
	"github.com/chunkscope/chunkscope/internal/paired"
)

// control is the name of the second run of the base in each round.
const control = "A/A"

// Result is the measurement of a trial: the base, its control and the others.
type Result struct {
	Trial
	Rows       []paired.Row
	Resolution float64 // the resolution that the control found; 0 without one
}

// Ratio is the median of the time of a variant over that of another in the same
// rounds. Without samples its numbers are NaN.
type Ratio struct {
	Median, Q1, Q3 float64
	Low, High      float64 // 95 % interval of the median
	Best           float64 // the lowest
	Samples        int
}

// row returns the row of a variant. It panics if there is none, which is a bug
// in the program.
func (r Result) row(name string) paired.Row {
	for _, row := range r.Rows {
		if row.Name == name {
			return row
		}
	}
	panic(fmt.Sprintf("trial %s: no variant %q", r.Name, name))
}

// Over returns the time of one variant over that of another.
func (r Result) Over(variant, base string) Ratio {
	return newRatio(r.row(variant).Ratios(r.row(base)))
}

// Nanoseconds is the median time of an execution, NaN if no sample was kept.
func (r Result) Nanoseconds(variant string) float64 {
	if t := r.row(variant).Time; t > 0 {
		return float64(t)
	}
	return math.NaN()
}

// Added is the median of the time that a variant took beyond the base in the
// same round, in nanoseconds. It is NaN if they share no round.
func (r Result) Added(variant string) float64 {
	base, row := r.row(r.Base.Name), r.row(variant)
	var added []float64
	for i, d := range row.Samples {
		if d != 0 && base.Samples[i] != 0 {
			added = append(added, float64(d-base.Samples[i]))
		}
	}
	if len(added) == 0 {
		return math.NaN()
	}
	return paired.Summarize(added).Median
}

// Reading returns the reading for a bar of the time of a variant over that of
// another.
func (r Result) Reading(bar, variant, base string) bars.Reading {
	ratio := r.Over(variant, base)
	return bars.Reading{
		Bar: bar, Value: ratio.Median, Low: ratio.Low, High: ratio.High, Best: ratio.Best,
		Resolution: r.Resolution, Samples: ratio.Samples,
	}
}

// Table shows all variants over the base.
func (r Result) Table(title string) report.Table {
	t := report.Table{
		Title:   title,
		Columns: []string{"variant", "ratio", "quartiles", "95 % interval", "time", "rounds", "rejected", "given up"},
	}
	for i, row := range r.Rows {
		if i == 0 {
			t.Rows = append(t.Rows, []any{row.Name, report.Ratio(1), nil, nil, row.Time, row.Kept, row.Rejected, row.Dropped})
			continue
		}
		ratio := newRatio(row.Ratios(r.Rows[0]))
		t.Rows = append(t.Rows, []any{
			row.Name, report.Ratio(ratio.Median),
			report.Range{report.Ratio(ratio.Q1), report.Ratio(ratio.Q3)},
			report.Range{report.Ratio(ratio.Low), report.Ratio(ratio.High)},
			row.Time, row.Kept, row.Rejected, row.Dropped,
		})
	}
	return t
}

func newRatio(ratios []float64) Ratio {
	if len(ratios) == 0 {
		nan := math.NaN()
		return Ratio{Median: nan, Q1: nan, Q3: nan, Low: nan, High: nan, Best: nan}
	}
	s := paired.Summarize(ratios)
	r := Ratio{Median: s.Median, Q1: s.Q1, Q3: s.Q3, Samples: len(ratios)}
	r.Low, r.High = interval(ratios)
	r.Best = slices.Min(ratios)
	return r
}

// resolution returns how far from 1 a median may be without a cause.
func (r Ratio) resolution() float64 {
	if r.Samples == 0 {
		return math.Inf(1)
	}
	return max(math.Abs(r.Low-1), math.Abs(r.High-1))
}

// interval returns the two samples between which the true median lies with 95 %
// confidence, whatever the distribution: a sample is below the median as often
// as a coin shows heads. With five samples or fewer this is impossible; it then
// returns their range.
func interval(samples []float64) (low, high float64) {
	sorted := slices.Sorted(slices.Values(samples))
	n := len(sorted)
	out := 0 // number of samples at each end that may be left out
	for tail, p := 0., math.Pow(0.5, float64(n)); out < n/2; out++ {
		// p is the probability that exactly out of n samples are below the
		// median.
		if tail += p; tail > 0.025 {
			break
		}
		p *= float64(n-out) / float64(out+1)
	}
	out = max(out-1, 0)
	return sorted[out], sorted[n-1-out]
}
