package core

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// registeredHook is one registered hook without its wrappers.
type registeredHook struct {
	name       string
	hook       Hook
	every      time.Duration // least time between two Progress, 0 for the executor's interval
	predicates []*predicate
}

// newRegisteredHook removes the wrappers of h, which is no MultiHook: Every and
// Filter dissolve here, so that an event does not pass through them. It panics on
// a hook that observes nothing.
func newRegisteredHook(h Hook) registeredHook {
	l := registeredHook{hook: h}
	own := true // so far all wrappers were Every or Filter
	for range maxWrappers {
		if isNil(h) {
			panic(fmt.Errorf("core: Register: the hook is a nil %T; leave it out or give a real one", h))
		}
		switch w := h.(type) {
		case *everyHook:
			l.every = max(l.every, w.interval)
		case *filterHook:
			l.predicates = append(l.predicates, w.predicate)
		case multiHook:
			panic(fmt.Errorf("core: Register: a %T wraps a MultiHook; wrap each of its hooks", l.hook))
		default:
			own = false
		}
		w, wraps := h.(interface{ Unwrap() Hook })
		if !wraps {
			l.name = l.hook.HookName()
			if set := newHookSet([]registeredHook{l}); set.moments == 0 {
				panic(fmt.Errorf("core: Register: hook %q (%T) observes nothing; implement at least one of the Hook… interfaces, HookChunkEnd for instance", l.name, l.hook))
			}
			return l
		}
		h = w.Unwrap()
		if own {
			l.hook = h
		}
	}
	panic(fmt.Errorf("core: Register: a %T unwraps more than %d times; Unwrap must come to an end", l.hook, maxWrappers))
}

// same reports whether two registrations are of one hook, which is then called
// once. Filtered hooks are compared when their filters have decided. Pointers to
// types of size zero may be equal by chance, so these are never the same.
func (h registeredHook) same(other registeredHook) bool {
	t := reflect.TypeOf(h.hook)
	if len(h.predicates)+len(other.predicates) > 0 || t != reflect.TypeOf(other.hook) || t.Kind() == reflect.Pointer && t.Elem().Size() == 0 {
		return false
	}
	return reflect.ValueOf(h.hook).Comparable() && h.hook == other.hook
}

// listener is a hook of one moment.
type listener[H any] struct {
	hook         H
	name         string
	startsBefore int // start hooks up to and with this hook: the index of its end's context
	every        time.Duration
}

// hookSet has the registered hooks sorted by moment, ends in reverse order. It is
// immutable.
type hookSet struct {
	hooks    []registeredHook
	moments  int  // lists that are not empty
	filtered bool // a Filter decides about a hook

	runStart    []listener[HookRunStart]
	runEnd      []listener[HookRunEnd]
	workerStart []listener[HookWorkerStart]
	workerEnd   []listener[HookWorkerEnd]
	chunkStart  []listener[HookChunkStart]
	chunkEnd    []listener[HookChunkEnd]
	itemFailure []listener[HookItemFailure]
	progress    []listener[HookProgress]
	anomaly     []listener[HookAnomaly]
	fault       []listener[HookFault]
}

// newHookSet sorts hooks once, so that events need no type assertions.
func newHookSet(all []registeredHook) *hookSet {
	s := &hookSet{}
	for _, l := range all {
		if slices.ContainsFunc(s.hooks, l.same) {
			continue
		}
		s.hooks = append(s.hooks, l)
		s.filtered = s.filtered || len(l.predicates) > 0
		// Independent assertions, no type switch: a hook may implement them all.
		add(s, &s.runStart, l, 0)
		add(s, &s.runEnd, l, len(s.runStart))
		add(s, &s.workerStart, l, 0)
		add(s, &s.workerEnd, l, 0)
		add(s, &s.chunkStart, l, 0)
		add(s, &s.chunkEnd, l, len(s.chunkStart))
		add(s, &s.itemFailure, l, 0)
		add(s, &s.progress, l, 0)
		add(s, &s.anomaly, l, 0)
		add(s, &s.fault, l, 0)
	}
	slices.Reverse(s.runEnd)
	slices.Reverse(s.workerEnd)
	slices.Reverse(s.chunkEnd)
	return s
}

func add[H any](s *hookSet, list *[]listener[H], l registeredHook, startsBefore int) {
	if h, ok := HookAs[H](l.hook); ok {
		if len(*list) == 0 {
			s.moments++
		}
		*list = append(*list, listener[H]{h, l.name, startsBefore, l.every})
	}
}

// filters returns how many hooks the filters decide about: all or none.
func (s *hookSet) filters() int {
	if s.filtered {
		return len(s.hooks)
	}
	return 0
}

// watchesWork reports whether a hook observes the work of workers.
func (s *hookSet) watchesWork() bool {
	return len(s.workerStart)+len(s.workerEnd)+len(s.chunkStart)+len(s.chunkEnd)+len(s.itemFailure)+len(s.progress) > 0
}

// name returns the name of the hook at index i of a moment's list.
func (s *hookSet) name(m Moment, i int) string {
	switch m {
	case MomentFilter:
		return s.hooks[i].name
	case MomentRunStart:
		return nameAt(s.runStart, i)
	case MomentRunEnd:
		return nameAt(s.runEnd, i)
	case MomentWorkerStart:
		return nameAt(s.workerStart, i)
	case MomentWorkerEnd:
		return nameAt(s.workerEnd, i)
	case MomentChunkStart:
		return nameAt(s.chunkStart, i)
	case MomentChunkEnd:
		return nameAt(s.chunkEnd, i)
	case MomentItemFailure:
		return nameAt(s.itemFailure, i)
	case MomentProgress:
		return nameAt(s.progress, i)
	case MomentAnomaly:
		return nameAt(s.anomaly, i)
	case MomentFault:
		return nameAt(s.fault, i)
	}
	return ""
}

func nameAt[H any](list []listener[H], i int) string { return list[min(i, len(list)-1)].name }
