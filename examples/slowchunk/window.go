package main

import "time"

const (
	windowSize = 5
	slowFactor = 1.5
)

// window keeps the last five durations. The zero value is empty.
type window struct {
	durations [windowSize]time.Duration // a ring
	seen      int
}

// add adds a duration. It reports whether the duration is over 1.5 times the
// mean of the five before it. The mean excludes the duration itself, because a
// slow chunk would raise it. The first five are never slow.
func (w *window) add(d time.Duration) (mean time.Duration, slow bool) {
	for _, previous := range w.durations {
		mean += previous
	}
	mean /= windowSize
	slow = w.seen >= windowSize && float64(d) > slowFactor*float64(mean)
	w.durations[w.seen%windowSize] = d
	w.seen++
	return mean, slow
}
