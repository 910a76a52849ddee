// Package live keeps the state that gauges show: the sums over an executor's
// active runs, and when its last runs started and ended. All backends with
// gauges read the same numbers from it.
package live
