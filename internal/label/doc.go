// Package label keeps the labels of metrics closed and bounded, with the same
// words in every backend: names of executors, types of errors.
//
// What becomes a label comes from outside, a job's arguments for instance, and
// every distinct value is a time series that backends keep for long. So texts
// are cleaned and cut, and of distinct ones only so many are admitted; the
// rest shares the label [Other].
package label
