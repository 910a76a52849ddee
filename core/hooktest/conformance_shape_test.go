package hooktest

import (
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// A hook of a wrong shape is reported, and the other checks do not run: their
// failures would only follow from it.
func TestConformanceFindsWrongShape(t *testing.T) {
	cycle := &link{}
	cycle.next = cycle
	var calls atomic.Int64
	for _, tt := range []struct {
		name    string
		newHook func() core.Hook
		want    []string
	}{
		{
			"nil", func() core.Hook { return nil },
			[]string{"shape: newHook returns a nil hook (<nil>)"},
		},
		{
			"typed nil", func() core.Hook { return (*badHook)(nil) },
			[]string{"shape: newHook returns a nil hook (*hooktest.badHook)"},
		},
		{
			"no name", func() core.Hook { return &badHook{name: func() string { return "" }} },
			[]string{"shape: *hooktest.badHook: HookName is empty. To fix: "},
		},
		{"many names", func() core.Hook {
			return &badHook{name: func() string { return "bad" + strconv.FormatInt(calls.Add(1), 10) }}
		}, []string{"shape: *hooktest.badHook: HookName is "}},
		{
			"a name that panics", func() core.Hook { return &badHook{name: func() string { panic("nameless") }} },
			[]string{`shape: HookName panics: "nameless", on a new hook. To fix: `},
		},
		{
			"observes nothing", func() core.Hook { return &link{} },
			[]string{`shape: *hooktest.link: Unwrap of *hooktest.link returns a nil hook (<nil>). To fix: `},
		},
		{
			"wraps a typed nil", func() core.Hook { return &link{(*Recorder)(nil)} },
			[]string{`shape: *hooktest.link: Unwrap of *hooktest.link returns a nil hook (*hooktest.Recorder). To fix: `},
		},
		{
			"wraps itself", func() core.Hook { return cycle },
			[]string{`shape: *hooktest.link: Unwrap leads to 100 hooks and does not end. To fix: `},
		},
		{
			"nothing but a name", func() core.Hook { return onlyName{} },
			[]string{`shape: core.Executor.Register panics: "core: Register: hook \"name\"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantFailures(t, tt.newHook, tt.want...)
		})
	}
}

func TestConformanceNeedsAFunction(t *testing.T) {
	got := conformFailures(nil)
	if len(got) != 1 || got[0] != "Conformance needs a function that returns a new hook; it is nil" {
		t.Errorf("got %q", got)
	}
}

func TestConformanceFindsANameThatChanges(t *testing.T) {
	wantFailures(t, func() core.Hook {
		var h *badHook
		h = &badHook{name: func() string { return "bad" + strconv.FormatUint(h.Stats().Produced/100, 10) }}
		return h
	}, `hostile_runs: HookName is "bad1", and was "bad0" before: in a real run with`, "*")
}

func TestConformanceFindsAPanickingFilter(t *testing.T) {
	wantFailures(t, func() core.Hook {
		return core.Filter(NewRecorder(), func(e core.RunStart) bool {
			if strings.Contains(e.Executor, "\n") {
				panic("what a name")
			}
			return true
		})
	}, `hostile_runs: the predicate of core.Filter panics: "what a name", in a real run with`)
}

// A hook that failed is not shut down: it may hold a lock.
func TestConformanceDoesNotShutDownAFailedHook(t *testing.T) {
	var failed atomic.Bool
	conformFailures(func() core.Hook {
		failed.Store(false)
		return &badHook{
			chunkEnd: func(_ context.Context, e core.ChunkEnd) {
				if e.Items == 0 {
					failed.Store(true)
					panic("empty")
				}
			},
			shutdown: func() {
				if failed.Load() {
					t.Error("a hook was shut down after a failure")
				}
			},
		}
	})
}

type link struct{ next core.Hook }

func (*link) HookName() string    { return "link" }
func (l *link) Unwrap() core.Hook { return l.next }

type onlyName struct{}

func (onlyName) HookName() string { return "name" }
