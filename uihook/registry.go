package uihook

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/internal/label"
)

const (
	maxRuns      = 50 // that the page knows
	maxWithLanes = 8  // ended runs that keep their lanes
)

// registry holds the runs of the process. The zero value is empty. It is safe for
// concurrent use.
type registry struct {
	version atomic.Uint64 // grows with what changes the page of a process at rest

	mu       sync.Mutex
	records  []*record // in the order of their starts
	started  int       // runs so far
	notShown int       // of them, runs that found no room

	faultsOnce sync.Once
	faults     *label.Table[atomic.Int64]
}

// add adds a run in place of the oldest one that has ended. It returns false if
// all runs are active.
func (g *registry) add(r *record) bool {
	defer g.version.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.started++
	r.number = g.started
	if len(g.records) == maxRuns {
		oldest := slices.IndexFunc(g.records, (*record).ended)
		if oldest < 0 {
			g.notShown++
			return false
		}
		g.records = slices.Delete(g.records, oldest, oldest+1)
	}
	g.records = append(g.records, r)
	return true
}

// ended frees the lanes of older runs.
func (g *registry) ended() {
	defer g.version.Add(1)
	g.mu.Lock()
	defer g.mu.Unlock()
	kept := 0
	for _, r := range slices.Backward(g.records) {
		if !r.ended() {
			continue
		}
		if kept++; kept > maxWithLanes {
			r.dropLanes()
		}
	}
}

// list returns the runs, the newest first, and how many were left out.
func (g *registry) list() (all []*record, notShown int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	all = slices.Clone(g.records)
	slices.Reverse(all)
	return all, g.notShown
}

// pick returns the run of a number, or else the one to show: of the active runs
// the one that began first, else the one that began last. It is nil if there is
// none.
func pick(all []*record, number int) *record {
	var first *record
	for _, r := range all {
		if r.number == number {
			return r
		}
		if !r.ended() {
			first = r
		}
	}
	if first == nil && len(all) > 0 {
		first = all[0]
	}
	return first
}

func (g *registry) addFault(hook string) {
	g.faultTable().Get(hook).Add(1)
	g.version.Add(1)
}

func (g *registry) faultTable() *label.Table[atomic.Int64] {
	g.faultsOnce.Do(func() {
		g.faults = label.NewTable(label.MaxErrorTypes, func(string) *atomic.Int64 { return new(atomic.Int64) })
	})
	return g.faults
}
