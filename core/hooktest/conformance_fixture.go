package hooktest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// fixture holds the hook under test of one subtest.
type fixture struct {
	t       tester
	newHook func() core.Hook
	hook    core.Hook
	hooks   []core.Hook  // what core.Hooks returns for hook: those of a MultiHook one by one
	methods []hookMethod // of all hooks

	// failed is set once a call of the hook fails. The hook may hold a lock
	// then, so that a further call would block. Each hook has a flag of its own.
	failed *atomic.Bool

	mu       sync.Mutex
	reported map[string]bool // methods that failed once and are not reported again
}

func newFixture(t tester, newHook func() core.Hook) *fixture {
	t.Helper()
	fx := &fixture{t: t, newHook: newHook, reported: map[string]bool{}}
	fx.replaceHook()
	return fx
}

// replaceHook makes a new hook the hook under test.
func (fx *fixture) replaceHook() {
	fx.t.Helper()
	fx.hook = fx.newHook()
	if isNil(fx.hook) {
		fx.t.Fatalf("newHook returns a nil hook (%T); it must return a new hook each time", fx.hook)
	}
	fx.hooks = core.Hooks(fx.hook)
	fx.methods = nil
	for _, h := range fx.hooks {
		fx.methods = append(fx.methods, methodsOf(h)...)
	}
	failed, shutdowners := &atomic.Bool{}, hooksAs[core.Shutdowner](fx)
	fx.failed = failed
	fx.t.Cleanup(func() {
		for _, h := range shutdowners {
			if !failed.Load() {
				fx.call("Shutdown", "at the end of the test", fixShutdown, func() { _ = h.Shutdown(context.Background()) })
			}
		}
	})
}

// hooksAs returns each hook that implements T, itself or inside its wrappers.
func hooksAs[T any](fx *fixture) []T {
	var all []T
	for _, h := range fx.hooks {
		if found, ok := core.HookAs[T](h); ok {
			all = append(all, found)
		}
	}
	return all
}

// isNil reports whether h is nil or a typed nil: every other hook is found as a
// core.Hook.
func isNil(h core.Hook) bool {
	_, ok := core.HookAs[core.Hook](h)
	return !ok
}
