// Package label bounds the labels of metrics, such as the names of executors
// and the types of errors. Every backend gets the same labels.
//
// The values come from outside, for example from a job's arguments. Every
// distinct value is a time series that a backend keeps for long. This package
// therefore cleans and cuts the values and limits their number. All values
// beyond the limit share the label [Other].
package label
