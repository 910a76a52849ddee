package paired

import (
	"math/rand/v2"
	"time"
)

// measure takes one sample of each variant in each round, in shuffled order,
// and returns a row for each variant; variants[0] is the base. sample returns
// the duration, or dropped, and the number of rejected executions.
func measure(variants []Variant, rounds int, seed uint64, sample func(Variant) (time.Duration, int)) []Row {
	samples := make([]series, len(variants))
	rejected := make([]int, len(variants))
	for order := range orders(len(variants), rounds, seed) {
		for _, i := range order {
			d, n := sample(variants[i])
			samples[i] = append(samples[i], d)
			rejected[i] += n
		}
	}
	rows := make([]Row, len(variants))
	for i, v := range variants {
		ratios := samples[i].pairedRatios(samples[0])
		rows[i] = Row{
			Name:     v.Name,
			Bar:      v.Bar,
			Ratio:    Summarize(ratios),
			MinRatio: samples[i].minRatio(samples[0]),
			Time:     samples[i].median(),
			Kept:     len(ratios),
			Rejected: rejected[i],
			Dropped:  rounds - len(samples[i].kept()),
			Samples:  samples[i],
		}
	}
	return rows
}

// orders yields for each round the order of n variants as a permutation of
// 0..n-1. The slice is reused; equal seeds yield equal orders.
func orders(n, rounds int, seed uint64) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		for range rounds {
			rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
			if !yield(order) {
				return
			}
		}
	}
}

// clock returns a function that calls run and returns how long it took, at
// least one nanosecond, so that no ratio divides by zero.
func clock(run func()) func() time.Duration {
	return func() time.Duration {
		start := time.Now()
		run()
		return max(time.Since(start), 1)
	}
}
