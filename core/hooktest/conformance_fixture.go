package hooktest

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/chunkscope/chunkscope/core"
)

// subject is a hook under test.
type subject struct {
	t       tester
	newHook func() core.Hook
	hook    core.Hook
	parts   []core.Hook // the hook, or those that it is a list of
	calls   []call      // all moments of all parts

	// broken is set when the hook breaks: it may have kept a lock then, and
	// whoever calls it again would wait for ever. Each hook has its own.
	broken *atomic.Bool

	mu     sync.Mutex
	silent map[string]bool // what broke once and is not reported again
}

func newSubject(t tester, newHook func() core.Hook) *subject {
	t.Helper()
	s := &subject{t: t, newHook: newHook, silent: map[string]bool{}}
	s.renew()
	return s
}

// renew puts a new hook in the place of the one that was used up.
func (s *subject) renew() {
	s.t.Helper()
	s.hook = s.newHook()
	if isNil(s.hook) {
		s.t.Fatalf("newHook returns a nil hook (%T); it must return a new hook each time", s.hook)
	}
	s.parts = parts(s.hook)
	s.calls = nil
	for _, p := range s.parts {
		s.calls = append(s.calls, callsOf(p)...)
	}
	broken, all := &atomic.Bool{}, capable[core.Shutdowner](s)
	s.broken = broken
	s.t.Cleanup(func() {
		for _, h := range all {
			if !broken.Load() {
				s.attempt("Shutdown", "at the end of the test", fixShutdown, func() { _ = h.Shutdown(context.Background()) })
			}
		}
	})
}

// capable returns what implements C among the parts of the hook.
func capable[C any](s *subject) []C {
	var all []C
	for _, p := range s.parts {
		if c, ok := find[C](p); ok {
			all = append(all, c)
		}
	}
	return all
}

// maxChain is how many Unwraps are followed. A chain that comes back to itself
// is longer than any.
const maxChain = 64

// chain returns h and the hooks that it wraps, one in the other.
func chain(h core.Hook) []core.Hook {
	all := []core.Hook{h}
	for len(all) < maxChain {
		u, ok := h.(interface{ Unwrap() core.Hook })
		if !ok {
			break
		}
		if h = u.Unwrap(); isNil(h) {
			break
		}
		all = append(all, h)
	}
	return all
}

// find returns the first along h's chain that implements C, as core does.
func find[C any](h core.Hook) (C, bool) {
	for _, h := range chain(h) {
		if c, ok := h.(C); ok {
			return c, true
		}
	}
	var none C
	return none, false
}

// parts returns the hooks that core would call: h, or what a core.MultiHook
// holds, also inside core.Every or core.Filter.
func parts(h core.Hook) []core.Hook {
	links := chain(h)
	last := reflect.ValueOf(links[len(links)-1])
	// core.MultiHook has no type to ask for, but it is a list of hooks, and no
	// other hook is.
	list := reflect.TypeFor[[]core.Hook]()
	if last.Kind() != reflect.Slice || !last.CanConvert(list) {
		return []core.Hook{h}
	}
	var all []core.Hook
	for i := range last.Len() {
		all = append(all, parts(last.Index(i).Interface().(core.Hook))...)
	}
	return all
}

// isNil reports whether h is nil or a nil pointer in a hook's clothes. A nil
// slice is an empty core.MultiHook.
func isNil(h core.Hook) bool {
	if h == nil {
		return true
	}
	v := reflect.ValueOf(h)
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}
