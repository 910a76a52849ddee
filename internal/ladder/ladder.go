// Package ladder has the bucket boundaries of the histograms. All backends with
// explicit boundaries share them, so that their dashboards agree.
//
// The steps are 1-3-10: each boundary is about three times the one before. An
// estimated quantile is then wrong by a factor below 1.8 in either direction,
// which is enough to distinguish a slow chunk from a stuck one. Jobs span seven
// decades or more, which fit into at most sixteen buckets. Steps of 1-2.5-5 would
// take half as many series again for a factor of 1.5. Native (exponential)
// histograms are more precise. From an hour on the steps are round hours: 1, 3,
// 10 and 24.
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

// ChunkSize returns the upper boundaries for the size of chunks, in items: from
// one item to a million. A run with timed sizes begins with a chunk of one item.
// Items that take nanoseconds reach about a million.
func ChunkSize() []float64 {
	return []float64{
		1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
	}
}
