package main

import "time"

const (
	windowSize = 5
	slowFactor = 1.5
)

// window remembers the last five durations. The zero value is empty.
type window struct {
	last [windowSize]time.Duration // a ring
	seen int
}

// add takes up a duration. It tells whether it is over 1.5 times the mean of the
// five before it, which does not contain it: a slow chunk must not hide itself.
// The first five have nothing to be compared with.
func (w *window) add(d time.Duration) (mean time.Duration, slow bool) {
	for _, l := range w.last {
		mean += l
	}
	mean /= windowSize
	slow = w.seen >= windowSize && float64(d) > slowFactor*float64(mean)
	w.last[w.seen%windowSize] = d
	w.seen++
	return mean, slow
}
