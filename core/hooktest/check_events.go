package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

func checkZeroEvents(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	fx.callAll(context.Background(), eventSet{}, "given a zero event",
		"names, times and errors may be missing; treat an outcome of 0 as unknown")
}

// checkContexts passes contexts that a hook gets at the end of a run, or in a
// user's test.
func checkContexts(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	canceled, cancel := context.WithCancelCause(context.Background())
	cancel(errSample)
	expired, release := context.WithDeadline(context.Background(), sampleTime)
	defer release()
	events := sampleEvents("job", "run", errSample)
	fx.callAll(context.Background(), events, "given context.Background()", "do not count on values of the context")
	fx.callAll(canceled, events, "given a canceled context", "a canceled context is no reason to fail: runs end with one")
	fx.callAll(expired, events, "given a context past its deadline", "a finished context is no reason to fail: runs end with one")
}

// checkContextValues checks that start hooks keep the values of their context.
func checkContextValues(t tester, newHook func() core.Hook) {
	type key struct{}
	fx := newFixture(t, newHook)
	ctx := context.WithValue(context.Background(), key{}, t)
	for _, events := range []eventSet{{}, sampleEvents("job", "run", errSample)} {
		for i := 0; i < len(fx.methods); i++ { //nolint:intrange // callMethod may replace the methods
			m := fx.methods[i]
			if m.moment != core.MomentRunStart && m.moment != core.MomentChunkStart {
				continue // the others return none
			}
			next, returned := fx.callMethod(ctx, m, events, "given a context with a value", "do not count on more in the context than it has")
			if !returned || next == nil {
				continue
			}
			if next.Value(key{}) != t {
				t.Errorf("%s returns a context without the values of the one it was given. To fix: derive it from that one, or return nil to add nothing.", m.name)
				return
			}
		}
	}
}

func checkExtremeEvents(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	for _, e := range allExtremeEvents() {
		fx.callAll(context.Background(), e.events, "given an event with "+e.name, e.fix)
	}
}

const fixText = "names and errors come from users: clean, cut or quote them before use"

func checkHostileTexts(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	for _, h := range hostileTexts {
		fx.callAll(context.Background(), hostileEvents(h.text), "given an event with "+h.name, fixText)
	}
}
