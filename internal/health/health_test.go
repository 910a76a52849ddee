package health_test

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/health"
	"github.com/chunkscope/chunkscope/internal/label"
)

type reporter struct {
	name  string
	stats func() core.HookStats
}

func (r *reporter) HookName() string      { return r.name }
func (r *reporter) Stats() core.HookStats { return r.stats() }

func fixed(name string, s core.HookStats) *reporter {
	return &reporter{name, func() core.HookStats { return s }}
}

func TestHooksOfOneNameAreAddedUp(t *testing.T) {
	one := fixed("webhookhook", core.HookStats{Produced: 9, Delivered: 4, Pending: 2, Errors: 5, Dropped: map[string]uint64{"queue_full": 3}})
	two := fixed("webhookhook", core.HookStats{Produced: 3, Delivered: 1, Dropped: map[string]uint64{"queue_full": 1, "closed\n": 1}})
	var s health.Sources
	if !s.Empty() {
		t.Error("the zero value is not empty")
	}
	s.Add(one, two, nil, (*reporter)(nil), one)
	got, err := s.Read()
	want := map[string]core.HookStats{"webhookhook": {
		Produced: 12, Delivered: 5, Pending: 2, Errors: 5,
		Dropped: map[string]uint64{"queue_full": 4, label.Clean("closed\n"): 1},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestBrokenHooksAreLeftOut(t *testing.T) {
	var s health.Sources
	s.Add(
		&reporter{"a", func() core.HookStats { panic("boom") }},
		&reporter{"b", func() core.HookStats { runtime.Goexit(); return core.HookStats{} }},
		fixed("c", core.HookStats{Delivered: 1}),
	)
	got, err := s.Read()
	if len(got) != 1 || got["c"].Delivered != 1 {
		t.Errorf("got %v", got)
	}
	if err == nil || !strings.Contains(err.Error(), "boom") || !strings.Contains(err.Error(), "Goexit") {
		t.Errorf("got %v", err)
	}
}

func TestNamesAndReasonsAreBounded(t *testing.T) {
	var s health.Sources
	for i := range 100 {
		s.Add(fixed(fmt.Sprintf("hook%02d", i), core.HookStats{Delivered: 1, Dropped: map[string]uint64{"r": 1}}))
	}
	dropped := map[string]uint64{}
	for i := range 100 {
		dropped[fmt.Sprintf("reason%02d", i)] = 1
	}
	s.Add(fixed("hook00", core.HookStats{Dropped: dropped}))
	got, _ := s.Read()
	if len(got) != label.MaxErrorTypes+1 || got[label.Other].Delivered != 100-label.MaxErrorTypes {
		t.Errorf("%d names, %v beyond", len(got), got[label.Other])
	}
	if n := len(got["hook00"].Dropped); n != label.MaxErrorTypes+1 {
		t.Errorf("%d reasons", n)
	}
}
