// Package ladder has the bucket boundaries of the histograms, shared by all
// backends that have explicit ones, so that their dashboards agree.
//
// The steps are 1-3-10: each boundary is about three times the one before. An
// estimated quantile is then wrong by a factor below 1.8 either way, enough
// to tell a slow chunk from a stuck one, and the seven or more decades that
// jobs span fit into at most sixteen buckets; steps of 1-2.5-5 would take a
// half more series for a factor of 1.5. Whoever needs more uses native
// (exponential) histograms. From an hour on the steps are those that people
// think in: 1, 3, 10 and 24 hours.
package ladder

// Chunk returns the upper boundaries for the duration of chunks, in seconds:
// from 100 µs, a tenth of the default target duration, to an hour.
func Chunk() []float64 {
	return []float64{
		0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3,
		1, 3, 10, 30, 100, 300, 1000, 3600,
	}
}

// Run returns the upper boundaries for the duration of runs, in seconds: from
// 0.1 s to 24 hours.
func Run() []float64 {
	return []float64{
		0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000,
		3600, 10800, 36000, 86400,
	}
}

// ChunkSize returns the upper boundaries for the length of chunks, in items:
// from one item, the first chunk of a run whose sizes follow the clock, to a
// million, about what nanosecond items reach.
func ChunkSize() []float64 {
	return []float64{
		1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
	}
}
