// Package peer does the same work with Chunkscope, with hand-written loops and
// with other libraries, used as their documentation recommends.
package peer

import (
	"context"
	"runtime/debug"
)

// Do is the work on an item.
type Do = func(context.Context, int) (uint64, error)

// Peer is a way to process many items in parallel.
type Peer struct {
	Name   string
	Module string // whose version is printed; empty for our own code

	// Map calls do for each item on a number of workers and returns the
	// results. Setup for one such call, such as a pool, is created and closed
	// in it.
	Map func(ctx context.Context, workers int, items []int, do Do) ([]uint64, error)

	Order   Order
	Errors  string // what happens to the error of an item; empty: it is lost, because the library has no place for it
	Note    string // further differences
	PerItem bool   // it creates a task for each item, so millions of tiny ones take long
	Serial  bool   // it uses one core

	Unlimited bool // the number of workers is unlimited
}

// Order says what puts results in the order of the items.
type Order string

// The kinds of order.
const (
	ByItself Order = "by itself"         // the library
	ByIndex  Order = "by caller's index" // the code around it, because the library returns no results
	None     Order = "none"              // nothing: results come in any order
)

// Faithful reports whether the results of a peer are in order and its errors
// are returned.
func (p Peer) Faithful() bool { return p.Order != None && p.Errors != "" }

// All returns all peers; the first is Map of Chunkscope, the second the
// sequential loop.
func All() []Peer {
	return []Peer{
		chunkscope, sequential, errgroupChunk, errgroupPrompt, errgroupItem, concMapper, concPool,
		pondPool, antsPool, workerPool, goZero, loParallel, rillMap,
	}
}

// Version returns the version of the module of a peer in this program, or an
// empty text if it is unknown.
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
