package usercounter_test

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

var _ = core.NewCounter("tested_b", "rows", "Rows of a test.")

type value struct{ name string }

func newSet() *usercounter.Set[value] {
	return usercounter.NewSet(func(c *core.Counter) *value { return &value{name: c.Name()} })
}

func names(s *usercounter.Set[value]) (all []string) {
	for _, v := range s.All() {
		all = append(all, v.name)
	}
	return all
}

// TestLateCounters checks that a set gets counters that are made after it, keeps its
// values, and has no others.
func TestLateCounters(t *testing.T) {
	s := newSet()
	first := s.Get("tested_b")
	if first == nil || s.Get("invented") != nil || fmt.Sprint(names(s)) != "[tested_b]" {
		t.Fatalf("the set has %v, %v", names(s), first)
	}
	core.NewCounter("tested_a", "", "Nothing.")
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			if s.Get("tested_a") == nil || s.Get("tested_b") != first {
				t.Error("a value is missing, or was made anew")
			}
			s.Update()
		})
	}
	running.Wait()
	if got := fmt.Sprint(names(s)); got != "[tested_a tested_b]" {
		t.Errorf("the set has %v", got)
	}
}

func TestAddStopsAtTheLargestNumber(t *testing.T) {
	var sum atomic.Int64
	for n, want := range map[int64]int64{-3: 0, 0: 0} {
		if usercounter.Add(&sum, n); sum.Load() != want {
			t.Errorf("after %d the sum is %d", n, sum.Load())
		}
	}
	usercounter.Add(&sum, math.MaxInt64-1)
	usercounter.Add(&sum, 5)
	if sum.Load() != math.MaxInt64 {
		t.Errorf("the sum is %d", sum.Load())
	}
}
