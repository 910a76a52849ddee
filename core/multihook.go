package core

import (
	"fmt"
	"slices"
	"time"
)

// MultiHook makes one hook of several, in their order. Nil hooks are left
// out, and nested MultiHooks become part of it; without any hook it does
// nothing. Register takes it apart again: it costs nothing when events are
// delivered, and events no hook asks for are still never built. Its method
// Unwrap() []Hook returns the hooks, as that of errors.Join does the errors.
func MultiHook(hooks ...Hook) Hook {
	var all multiHook
	for _, h := range hooks {
		switch h := h.(type) {
		case nil:
		case multiHook:
			all = append(all, h...)
		default:
			all = append(all, h)
		}
	}
	return all
}

type multiHook []Hook

func (multiHook) HookName() string { return "core.MultiHook" }

// Unwrap returns the hooks.
func (m multiHook) Unwrap() []Hook { return slices.Clone(m) }

// Every limits h to one Progress per d and run. What falls in between is
// merged: h gets the first value at once, then the newest one, and always the
// last one of the run. Other moments are not limited. It panics if d is not
// positive or h is nil.
func Every(d time.Duration, h Hook) Hook {
	if d <= 0 {
		panic(fmt.Sprintf("core: Every(%v): need a positive duration; register the hook itself for the executor's progress interval", d))
	}
	if h == nil {
		panic("core: Every: the hook is nil")
	}
	return &everyHook{h, d}
}

type everyHook struct {
	hook     Hook
	interval time.Duration
}

func (e *everyHook) HookName() string { return e.hook.HookName() }

// Unwrap returns the limited hook.
func (e *everyHook) Unwrap() Hook { return e.hook }

// Filter lets h see only the runs for which keep returns true. keep is called
// once per run, before any hook, and must be safe for concurrent use; if it
// panics, that is a Fault and the run is seen. Filter panics if h or keep is nil.
func Filter(h Hook, keep func(RunStart) bool) Hook {
	if h == nil || keep == nil {
		panic("core: Filter: the hook or its predicate is nil")
	}
	return &filterHook{h, keep}
}

type filterHook struct {
	hook Hook
	keep func(RunStart) bool
}

func (f *filterHook) HookName() string { return f.hook.HookName() }

// Unwrap returns the filtered hook.
func (f *filterHook) Unwrap() Hook { return f.hook }
