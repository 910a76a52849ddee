package core_test

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// itemState is what happened to an item.
type itemState uint8

const (
	itemUnfinished itemState = iota
	itemSucceeded
	itemFailed
)

// itemTracker records the state of each item, as the user's function sees it.
type itemTracker struct {
	mu      sync.Mutex
	changed sync.Cond
	states  []itemState
}

func newItemTracker(n int) *itemTracker {
	t := &itemTracker{states: make([]itemState, n)}
	t.changed.L = &t.mu
	return t
}

// process returns a processFunc that calls item and records the states.
func (t *itemTracker) process(item func(ctx context.Context, i, size int) error) processFunc {
	return func(ctx context.Context, lo, hi int) (out []int, err error) {
		state := itemFailed // if item panics or exits
		defer func() { t.set(lo, hi, state) }()
		for i := lo; i < hi; i++ {
			if err := item(ctx, i, hi-lo); err != nil {
				if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
					state = itemUnfinished
				}
				return nil, err
			}
			out = append(out, valueOf(i))
		}
		state = itemSucceeded
		return out, nil
	}
}

func (t *itemTracker) set(lo, hi int, state itemState) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := lo; i < hi; i++ {
		t.states[i] = state
	}
	t.changed.Broadcast()
}

// waitFor waits until this many items have finished.
func (t *itemTracker) waitFor(finished int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.count(itemSucceeded)+t.count(itemFailed) < finished {
		t.changed.Wait()
	}
}

// count counts the items in a state. The caller holds the lock, or the run has ended.
func (t *itemTracker) count(state itemState) int {
	n := 0
	for _, s := range t.states {
		if s == state {
			n++
		}
	}
	return n
}

// firstIndex returns the first item in one of the states, or the number of items.
func (t *itemTracker) firstIndex(states ...itemState) int {
	if i := slices.IndexFunc(t.states, func(state itemState) bool { return slices.Contains(states, state) }); i >= 0 {
		return i
	}
	return len(t.states)
}
