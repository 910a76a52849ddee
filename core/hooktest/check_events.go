package hooktest

import (
	"context"

	"github.com/chunkscope/chunkscope/core"
)

// checkShape looks at the hook without telling it anything.
func checkShape(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	links := chain(s.hook)
	if len(links) == maxChain {
		t.Fatalf("%T: Unwrap leads to %d hooks and does not end. To fix: Unwrap returns the wrapped hook, which is not the hook itself.", s.hook, maxChain)
	}
	last := links[len(links)-1]
	if u, ok := last.(interface{ Unwrap() core.Hook }); ok {
		t.Fatalf("%T: Unwrap of %T returns a nil hook (%T). To fix: return the wrapped hook, and refuse nil where the hook is made.", s.hook, last, u.Unwrap())
	}
	for _, h := range append(links, s.parts...) {
		checkName(t, s, h)
	}
	s.register(core.NewExecutor())
}

func checkName(t tester, s *subject, h core.Hook) {
	var first, second string
	if !s.attempt("HookName", "on a new hook", "return a constant", func() { first, second = h.HookName(), h.HookName() }) {
		return
	}
	if first == "" {
		t.Errorf("%T: HookName is empty. To fix: return the name that faults, logs and metrics should show.", h)
	}
	if first != second {
		t.Errorf("%T: HookName is %q first and %q then. To fix: return a constant.", h, first, second)
	}
}

func checkZeroEvents(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	s.tellAll(context.Background(), sample{}, "given a zero event",
		"names, times and errors may be missing; treat an outcome of 0 as unknown")
}

// checkContexts passes contexts that a hook may meet at the end of a run, or in
// somebody's test.
func checkContexts(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	canceled, cancel := context.WithCancelCause(context.Background())
	cancel(errSample)
	expired, release := context.WithDeadline(context.Background(), epoch)
	defer release()
	e := typical("job", "run", errSample)
	s.tellAll(context.Background(), e, "given context.Background()", "do not count on values of the context")
	s.tellAll(canceled, e, "given a canceled context", "a canceled context is no reason to fail: runs end with one")
	s.tellAll(expired, e, "given a context past its deadline", "a finished context is no reason to fail: runs end with one")
}

// checkContextValues finds out whether what the caller keeps in a context gets lost.
func checkContextValues(t tester, newHook func() core.Hook) {
	type key struct{}
	s := newSubject(t, newHook)
	ctx := context.WithValue(context.Background(), key{}, t)
	for _, e := range []sample{{}, typical("job", "run", errSample)} {
		for i := 0; i < len(s.calls); i++ { //nolint:intrange // tell may renew the calls
			c := s.calls[i]
			if c.moment != core.MomentRunStart && c.moment != core.MomentChunkStart {
				continue // the others return none
			}
			next, returned := s.tell(ctx, c, e, "given a context with a value", "do not count on more in the context than it has")
			if !returned || next == nil {
				continue
			}
			if next.Value(key{}) != t {
				t.Errorf("%s returns a context without the values of the one it was given. To fix: derive it from that one, or return nil to add nothing.", c.method)
				return
			}
		}
	}
}

func checkExtremeEvents(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	for _, e := range extremes() {
		s.tellAll(context.Background(), e.sample, "given an event with "+e.name, e.fix)
	}
}

const fixText = "names and errors are what others chose: clean, cut or quote them before use"

func checkHostileTexts(t tester, newHook func() core.Hook) {
	s := newSubject(t, newHook)
	for _, h := range hostileTexts {
		s.tellAll(context.Background(), hostile(h.text), "given an event with "+h.name, fixText)
	}
}
