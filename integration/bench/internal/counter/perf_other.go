//go:build !linux

package counter

import (
	"errors"
	"runtime"
)

// kind is the event to count.
type kind struct{}

var instructions kind

// open always fails, because only Linux has counters here.
func open(kind) (reader, error) {
	return nil, errors.New("counting is written for Linux, and this is " + runtime.GOOS)
}
