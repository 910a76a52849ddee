// Package health reads the health of hooks for exporters: promhook and otelhook
// export the same sums.
package health

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sync"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/guard"
	"github.com/chunkscope/chunkscope/internal/label"
)

// Sources are the hooks whose health is exported. The zero value has none. All
// methods are safe for concurrent use.
type Sources struct {
	mu        sync.Mutex
	reporters []core.StatsReporter
}

// Add adds hooks, each of them once. It leaves out nil ones, typed nils too.
func (s *Sources) Add(hooks ...core.StatsReporter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hooks {
		v := reflect.ValueOf(h)
		switch {
		case !v.IsValid(), v.Kind() == reflect.Pointer && v.IsNil():
		case v.Comparable() && slices.Contains(s.reporters, h):
		default:
			s.reporters = append(s.reporters, h)
		}
	}
}

// Empty reports whether there is no hook to read.
func (s *Sources) Empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.reporters) == 0
}

// Read asks every hook and returns the sums by hook name. Names and reasons are
// valid labels, at most 32 of each; what is beyond goes to label.Other. A hook
// that panics or calls runtime.Goexit is left out, and the error names it.
func (s *Sources) Read() (map[string]core.HookStats, error) {
	s.mu.Lock()
	reporters := slices.Clone(s.reporters)
	s.mu.Unlock()
	sums := label.NewTable(label.MaxErrorTypes, newSum)
	var errs []error
	for _, r := range reporters {
		err := guard.Call(func() error {
			name, stats := r.HookName(), r.Stats()
			sums.Get(name).add(stats)
			return nil
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("method Stats of a %T: %w", r, err))
		}
	}
	all := map[string]core.HookStats{}
	for name, sum := range sums.All() {
		all[name] = sum.stats()
	}
	return all, errors.Join(errs...)
}

// sum is the health of all hooks of one name.
type sum struct {
	core.HookStats
	dropped *label.Table[uint64]
}

func newSum(string) *sum {
	return &sum{dropped: label.NewTable(label.MaxErrorTypes, func(string) *uint64 { return new(uint64) })}
}

func (s *sum) add(stats core.HookStats) {
	s.Produced += stats.Produced
	s.Delivered += stats.Delivered
	s.Errors += stats.Errors
	s.Pending += stats.Pending
	for _, reason := range slices.Sorted(maps.Keys(stats.Dropped)) { // the same ones beyond the limit each time
		*s.dropped.Get(reason) += stats.Dropped[reason]
	}
}

func (s *sum) stats() core.HookStats {
	all := s.HookStats
	all.Dropped = map[string]uint64{}
	for reason, n := range s.dropped.All() {
		all.Dropped[reason] = *n
	}
	return all
}
