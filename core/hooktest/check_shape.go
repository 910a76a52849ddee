package hooktest

import "github.com/chunkscope/chunkscope/core"

// checkShape checks the hook's wrappers and name, and registers it. It calls no
// moment.
func checkShape(t tester, newHook func() core.Hook) {
	fx := newFixture(t, newHook)
	for _, h := range append(unwrapAll(t, fx.hook), fx.hooks...) {
		checkName(t, fx, h)
	}
	fx.register(core.NewExecutor())
}

// maxWrappers is how many wrappers of one hook are followed, as many as core
// follows.
const maxWrappers = 100

// unwrapAll returns h and the hooks that it wraps, one in the other. It fails
// the test if the last one is nil, or if there is no last one.
func unwrapAll(t tester, h core.Hook) []core.Hook {
	t.Helper()
	all := []core.Hook{h}
	for range maxWrappers {
		last := all[len(all)-1]
		wrapper, ok := last.(interface{ Unwrap() core.Hook })
		if !ok {
			return all
		}
		wrapped := wrapper.Unwrap()
		if isNil(wrapped) {
			t.Fatalf("%T: Unwrap of %T returns a nil hook (%T). To fix: return the wrapped hook, and refuse nil where the hook is made.", h, last, wrapped)
		}
		all = append(all, wrapped)
	}
	t.Fatalf("%T: Unwrap leads to %d hooks and does not end. To fix: Unwrap returns the wrapped hook, which is not the hook itself.", h, maxWrappers)
	return nil
}

func checkName(t tester, fx *fixture, h core.Hook) {
	var first, second string
	if !fx.call("HookName", "on a new hook", "return a constant", func() { first, second = h.HookName(), h.HookName() }) {
		return
	}
	if first == "" {
		t.Errorf("%T: HookName is empty. To fix: return the name that faults, logs and metrics should show.", h)
	}
	if first != second {
		t.Errorf("%T: HookName is %q first and %q then. To fix: return a constant.", h, first, second)
	}
}
