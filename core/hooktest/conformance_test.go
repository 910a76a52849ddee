package hooktest_test

import (
	"context"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

func TestConformance(t *testing.T) {
	all := func(core.RunStart) bool { return true }
	for _, tt := range []struct {
		name    string
		newHook func() core.Hook
	}{
		{"Recorder", func() core.Hook { return hooktest.NewRecorder() }},
		{"OnRunStart", func() core.Hook { n := 0; return core.OnRunStart(func(core.RunStart) { n++ }) }},
		{"OnRunEnd", func() core.Hook { n := 0; return core.OnRunEnd(func(core.RunEnd) { n++ }) }},
		{"OnChunkEnd", func() core.Hook { n := 0; return core.OnChunkEnd(func(core.ChunkEnd) { n++ }) }},
		{"OnItemFailure", func() core.Hook { n := 0; return core.OnItemFailure(func(core.ItemFailure) { n++ }) }},
		{"OnProgress", func() core.Hook { n := 0; return core.OnProgress(func(core.Progress) { n++ }) }},
		{"OnAnomaly", func() core.Hook { n := 0; return core.OnAnomaly(func(core.Anomaly) { n++ }) }},
		{"OnFault", func() core.Hook { n := 0; return core.OnFault(func(core.Fault) { n++ }) }},
		{"Every", func() core.Hook { return core.Every(time.Millisecond, hooktest.NewRecorder()) }},
		{"Filter", func() core.Hook { return core.Filter(hooktest.NewRecorder(), all) }},
		{"MultiHook", func() core.Hook { return core.MultiHook(hooktest.NewRecorder(), newQueueHook()) }},
		{"empty MultiHook", func() core.Hook { return core.MultiHook() }},
		{"all of them", func() core.Hook {
			return core.Filter(core.Every(time.Millisecond, core.MultiHook(
				core.Every(time.Second, newQueueHook()),
				core.MultiHook(hooktest.NewRecorder(), core.Filter(newQueueHook(), all)),
			)), all)
		}},
		{"queue", func() core.Hook { return newQueueHook() }},
		{"stateless value", func() core.Hook { return stateless{} }},
		{"starts that return nil", func() core.Hook { return nilContexts{} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hooktest.Conformance(t, tt.newHook)
		})
	}
}

// Conformance calls the hooks of a MultiHook and the hooks inside wrappers.
func TestConformanceCallsEveryMoment(t *testing.T) {
	for name, wrap := range map[string]func(core.Hook) core.Hook{
		"itself":    func(h core.Hook) core.Hook { return h },
		"MultiHook": func(h core.Hook) core.Hook { return core.MultiHook(stateless{}, core.Every(time.Second, h)) },
		"wrapper":   func(h core.Hook) core.Hook { return wrapper{h} },
	} {
		t.Run(name, func(t *testing.T) {
			rec := hooktest.NewRecorder()
			hooktest.Conformance(t, func() core.Hook { return wrap(rec) })
			byHand := map[core.Moment]bool{}
			for _, e := range rec.Events() {
				if reflect.ValueOf(e.Value).IsZero() {
					byHand[e.Moment] = true
				}
			}
			if len(byHand) != 10 {
				t.Errorf("zero events of %d moments, want 10: %v", len(byHand), byHand)
			}
		})
	}
}

// Conformance calls from several goroutines at once: the first call of that subtest
// waits for another one.
func TestConformanceIsConcurrent(t *testing.T) {
	var calls atomic.Int32
	second := make(chan struct{})
	hooktest.Conformance(t, func() core.Hook {
		return onChunkEnd(func(e core.ChunkEnd) {
			if !strings.HasPrefix(e.RunID, "run ") {
				return
			}
			switch calls.Add(1) {
			case 1:
				<-second
			case 2:
				close(second)
			}
		})
	})
	if calls.Load() < 2 {
		t.Errorf("%d calls", calls.Load())
	}
}

type onChunkEnd func(core.ChunkEnd)

func (onChunkEnd) HookName() string                                { return "onChunkEnd" }
func (f onChunkEnd) OnChunkEnd(_ context.Context, e core.ChunkEnd) { f(e) }

type wrapper struct{ core.Hook }

func (w wrapper) Unwrap() core.Hook { return w.Hook }

type stateless struct{}

func (stateless) HookName() string                          { return "stateless" }
func (stateless) OnChunkEnd(context.Context, core.ChunkEnd) {}

type nilContexts struct{}

func (nilContexts) HookName() string                                              { return "modest" }
func (nilContexts) OnRunStart(context.Context, core.RunStart) context.Context     { return nil }
func (nilContexts) OnChunkStart(context.Context, core.ChunkStart) context.Context { return nil }
