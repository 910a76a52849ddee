// Package peer does the same work with Chunkscope, with loops written by hand
// and with other libraries, as their documentation would have a user write it.
package peer

import (
	"context"
	"runtime/debug"
)

// Do is the work on an item.
type Do = func(context.Context, int) (uint64, error)

// Peer is a way of working on many items in parallel.
type Peer struct {
	Name   string
	Module string // whose version is printed; empty for code of our own

	// Map calls do for each item on so many workers and returns the results.
	// What a program would set up for one such call, a pool for instance, is
	// made and ended in it.
	Map func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error)

	Order   Order
	Errors  string // what becomes of an item's error; empty: nothing, the library has no place for it
	Note    string // what else is not like for like
	PerItem bool   // it makes a task of each item, so that millions of tiny ones take long
	Serial  bool   // it uses one core

	Unlimited bool // it has no limit of workers
}

// Order says who puts results in the order of the items.
type Order string

// The kinds of order.
const (
	ByItself Order = "by itself"         // the library
	ByIndex  Order = "by caller's index" // the code around it, as the library returns no results
	None     Order = "none"              // nobody: results come as they come
)

// Faithful reports whether a peer's results are in order and its errors
// returned, which is what others are to be compared on.
func (p Peer) Faithful() bool { return p.Order != None && p.Errors != "" }

// All returns all peers; the first is Chunkscope's Map, the second the
// sequential loop.
func All() []Peer {
	return []Peer{
		chunkscope, sequential, errgroupChunk, errgroupPrompt, errgroupItem, concMapper, concPool,
		pondPool, antsPool, workerPool, goZero, loParallel, rillMap,
	}
}

// Version returns the version of a peer's module in this program, or nothing
// if it cannot be told.
func (p Peer) Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || p.Module == "" {
		return ""
	}
	for _, dep := range info.Deps {
		if dep.Path == p.Module {
			return dep.Version
		}
	}
	return ""
}
