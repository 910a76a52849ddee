package core_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// program is one random run.
type program struct {
	form            string
	actions         []itemAction // of each item
	workers         int
	size            int // of chunks, 0 for the default
	target          time.Duration
	continueOnError bool
	maxFailed       int     // items, -1 for no limit
	maxRatio        float64 // of the items, 1 for no limit
	seed            uint64  // of the hooks' faults
}

// itemAction is what the user's function does at an item.
type itemAction byte

const (
	actionOK     itemAction = '.'
	actionError  itemAction = 'E'
	actionPanic  itemAction = 'P'
	actionGoexit itemAction = 'G'
	actionSleep  itemAction = 's'
	actionWait   itemAction = 'w' // a sleep that ends early, with the context's error
	actionCancel itemAction = 'C' // the caller's context ends
	actionRemote itemAction = 'R' // it is done elsewhere, after waiting, and a worker is lost
)

// indexError is the error of the item with that index.
type indexError int

func (f indexError) Error() string { return fmt.Sprintf("failure of %d", int(f)) }

var errItemStop = errors.New("an item ended the run")

var (
	programForms   = []string{"Map", "ForEach", "Stream", "MapChunks", "ForEachChunk", "StreamChunks", "Start"}
	programSizes   = []int{0, 0, 0, 1, 3, 16, 1000}
	programTargets = []time.Duration{time.Microsecond, time.Millisecond, 30 * time.Millisecond}
	programLimits  = []int{-1, -1, 0, 1, 2, 5, 20, 1000}
	programRatios  = []float64{1, 1, 1, 0.01, 0.05, 0.25, 0.5}
	programMixes   = []string{".", ".s", ".....sw", "...........sE", "...P", "....G", "...EPGsw", ".......swC", "........EPGswC", "E", "EPG", ".R", "....RREPGswC"}
)

func generateProgram(seed uint64) program {
	rng := rand.New(rand.NewPCG(seed, 0))
	p := program{
		form:            programForms[rng.IntN(len(programForms))],
		actions:         make([]itemAction, rng.IntN(150)),
		workers:         1 + rng.IntN(8),
		size:            programSizes[rng.IntN(len(programSizes))],
		target:          programTargets[rng.IntN(len(programTargets))],
		continueOnError: rng.IntN(2) == 0,
		maxFailed:       programLimits[rng.IntN(len(programLimits))],
		maxRatio:        programRatios[rng.IntN(len(programRatios))],
		seed:            seed,
	}
	if rng.IntN(3) == 0 {
		p.workers = 1 // for one worker the model is exact
	}
	mix := programMixes[rng.IntN(len(programMixes))]
	for i := range p.actions {
		p.actions[i] = itemAction(mix[rng.IntN(len(mix))])
	}
	return p
}

func (p program) String() string {
	return fmt.Sprintf("%s, %d workers, chunk size %d, target %v, continue %v, limits %d and %v, items %q",
		p.form, p.workers, p.size, p.target, p.continueOnError, p.maxFailed, p.maxRatio, p.actions)
}

// has reports whether some item does one of these.
func (p program) has(actions string) bool { return strings.ContainsAny(string(p.actions), actions) }

// perChunk reports whether the program's function takes whole chunks.
func (p program) perChunk() bool {
	return strings.HasSuffix(p.form, "Chunks") || strings.HasSuffix(p.form, "Chunk") || p.form == "Start"
}

func (p program) streams() bool { return strings.HasPrefix(p.form, "Stream") }

// exact reports whether the program has only one possible result: nothing stops it, or
// there is one worker.
func (p program) exact() bool {
	return p.workers == 1 || !p.has("C") && (p.goesOn() && (!p.limited() || p.form == "Start") || !p.has("EPG"))
}

// limited reports whether the program tolerates some failures, and not all.
func (p program) limited() bool { return p.maxFailed > 0 || p.maxFailed < 0 && p.maxRatio < 1 }

// goesOn reports whether the first failure does not stop the program.
func (p program) goesOn() bool {
	return p.limited() || p.continueOnError && p.maxFailed < 0
}

// passes reports whether so many failed items are more than a limited program tolerates.
func (p program) passes(failed int) bool {
	return p.limited() && (p.maxFailed >= 0 && failed > p.maxFailed || float64(failed) > p.maxRatio*float64(len(p.actions)))
}

// stopsAt reports whether so many failed items stop the program. The ratio stops no
// stream of fewer than a thousand items, and no limit stops a loop of the caller's.
func (p program) stopsAt(failed int) bool {
	switch {
	case failed == 0:
		return false
	case !p.goesOn():
		return true
	case p.form == "Start":
		return false
	case p.streams():
		p.maxRatio = 1
	}
	return p.passes(failed)
}

// itemRange is the items of one call of the user's function: one item, or a chunk.
type itemRange struct{ lo, hi int }

// model is the program as a plain loop over parts. It returns the state of each item
// and, for failed ones, the item whose action failed the part. If the program is not
// exact, it assumes that nothing stops the run.
func (p program) model(parts []itemRange) (states []itemState, culprits []int) {
	states, culprits = make([]itemState, len(p.actions)), make([]int, len(p.actions))
	canceled, failed := false, 0
	for _, part := range parts {
		state, culprit := itemSucceeded, -1
		for i := part.lo; i < part.hi && state == itemSucceeded; i++ {
			switch p.actions[i] {
			case actionError, actionPanic, actionGoexit:
				state, culprit = itemFailed, i
			case actionCancel:
				canceled = p.exact()
			case actionWait:
				if canceled {
					state = itemUnfinished
				}
			}
		}
		for i := part.lo; i < part.hi; i++ {
			states[i], culprits[i] = state, culprit
		}
		if state == itemFailed {
			failed += part.hi - part.lo
		}
		if p.exact() && (canceled || p.stopsAt(failed)) {
			break
		}
	}
	return states, culprits
}

// split returns the parts of n items where sizes are fixed.
func (p program) split(n int) []itemRange {
	size := p.size
	switch {
	case !p.perChunk():
		size = 1
	case size == 0 && p.form == "Start":
		size = 5
	case size == 0:
		workers := max(1, min(p.workers, n))
		size = max(1, min(1000, (n+16*workers-1)/(16*workers)))
	}
	var parts []itemRange
	for lo := 0; lo < n; lo += size {
		parts = append(parts, itemRange{lo, min(lo+size, n)})
	}
	return parts
}
