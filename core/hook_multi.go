package core

import (
	"fmt"
	"reflect"
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

// Hooks returns the hooks that h stands for, in their order: those of a MultiHook
// one by one, and any other hook itself. Every and Filter around a MultiHook go
// around each of its hooks. Nil has no hooks.
func Hooks(h Hook) []Hook {
	var wrap func(Hook) Hook
	switch w := h.(type) {
	case nil:
		return nil
	case multiHook:
		var all []Hook
		for _, child := range w {
			all = append(all, Hooks(child)...)
		}
		return all
	case *everyHook:
		h, wrap = w.hook, func(h Hook) Hook { return &everyHook{h, w.interval} }
	case *filterHook:
		h, wrap = w.hook, func(h Hook) Hook { return &filterHook{h, w.predicate} }
	default:
		return []Hook{h}
	}
	all := Hooks(h)
	for i := range all {
		all[i] = wrap(all[i])
	}
	return all
}

// HookAs returns the first hook that implements T among h, the hook that h
// wraps, and so on, as errors.As does for errors. A hook wraps the one that its
// method Unwrap() Hook returns: Every and Filter have it, and wrappers of your
// own may. A MultiHook wraps nothing; see Hooks.
func HookAs[T any](h Hook) (T, bool) {
	for range maxWrappers {
		if isNil(h) {
			break
		}
		if found, ok := h.(T); ok {
			return found, true
		}
		w, ok := h.(interface{ Unwrap() Hook })
		if !ok {
			break
		}
		h = w.Unwrap()
	}
	var none T
	return none, false
}

// maxWrappers is how many wrappers of one hook are followed: one that unwraps to
// itself has no end.
const maxWrappers = 100

// isNil reports whether h is nil or a typed nil. A nil MultiHook is an empty one.
func isNil(h Hook) bool {
	v := reflect.ValueOf(h)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		_, multi := h.(multiHook)
		return v.IsNil() && !multi
	}
	return false
}

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
	return &filterHook{h, &predicate{keep}}
}

type filterHook struct {
	hook Hook
	*predicate
}

// predicate decides for a run, once for all hooks that one Filter is around.
type predicate struct{ keep func(RunStart) bool }

func (f *filterHook) HookName() string { return f.hook.HookName() }

// Unwrap returns the filtered hook.
func (f *filterHook) Unwrap() Hook { return f.hook }
