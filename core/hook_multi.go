package core

import (
	"errors"
	"fmt"
	"reflect"
	"time"
)

// MultiHook returns one hook that stands for several, in their order. It leaves
// out nil hooks and flattens nested MultiHooks; without hooks it does nothing.
// Register dissolves it, so that it costs nothing when events are delivered, and
// events that no hook observes are never built. Hooks returns its hooks.
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

// Every limits h to one Progress per d and run. It merges the values in between:
// h gets the first value at once, then the newest one, and always the last one of
// the run. It does not limit other moments. Every panics if d is not positive or h
// is nil.
func Every(d time.Duration, h Hook) Hook {
	if d <= 0 {
		panic(fmt.Errorf("core: Every(%v): the duration is not positive; give one that is, or register the hook itself for the executor's progress interval", d))
	}
	if h == nil {
		panic(errors.New("core: Every: the hook is nil; give one"))
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

// Filter limits h to the runs for which keep returns true. keep is called once
// per run, before any hook, and must be safe for concurrent use. If it panics,
// that is a Fault, and h observes the run. Filter panics if h or keep is nil.
func Filter(h Hook, keep func(RunStart) bool) Hook {
	if h == nil || keep == nil {
		panic(errors.New("core: Filter: the hook or its predicate is nil; give both"))
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
