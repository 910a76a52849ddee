// Package usercounter keeps what a hook has for each of the user's own counters. The
// set is closed: values of other names than the process has counters are left out.
package usercounter

import (
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// Set keeps a value for each counter of the process. Its methods are safe for
// concurrent use, and take no lock while there is no new counter.
type Set[T any] struct {
	newValue func(*core.Counter) *T

	mu     sync.Mutex
	values atomic.Pointer[values[T]]
}

type values[T any] struct {
	byName map[string]*T
	sorted []*T // by name
}

// NewSet returns a set with a value for each counter that the process has. It calls
// newValue once for each counter, also for those made later, never concurrently.
func NewSet[T any](newValue func(*core.Counter) *T) *Set[T] {
	s := &Set[T]{newValue: newValue}
	s.values.Store(&values[T]{byName: map[string]*T{}})
	s.Update()
	return s
}

// Update adds the counters that were made meanwhile. Call it when a run starts, so
// that they exist at 0.
func (s *Set[T]) Update() {
	all := core.Counters()
	if len(s.values.Load().sorted) == len(all) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := &values[T]{byName: maps.Clone(s.values.Load().byName)}
	for _, c := range all {
		v := next.byName[c.Name()]
		if v == nil {
			v = s.newValue(c)
			next.byName[c.Name()] = v
		}
		next.sorted = append(next.sorted, v)
	}
	s.values.Store(next)
}

// Get returns the value of a counter, nil if the process has none of that name.
func (s *Set[T]) Get(name string) *T {
	if v := s.values.Load().byName[name]; v != nil {
		return v
	}
	s.Update()
	return s.values.Load().byName[name]
}

// Add adds to a sum that stays at the largest number.
func Add(sum *atomic.Int64, n int64) {
	if n > 0 && sum.Add(n) < 0 {
		sum.Store(math.MaxInt64)
	}
}

// All returns the values in the order of the counters' names.
func (s *Set[T]) All() []*T { return slices.Clip(s.values.Load().sorted) }
