// Package live keeps what gauges show: the runs of an executor that are active
// now, added up, and when the last ones started and ended. Every backend that
// has gauges reads the same numbers from here.
package live
