package core

import (
	"fmt"
	"reflect"
	"slices"
	"time"
)

// leaf is one registered hook, out of its wrappers.
type leaf struct {
	name  string
	hook  Hook
	every time.Duration // least time between two Progress, 0 for the executor's own interval
	keep  []*predicate
}

// newLeaf takes h, which is no MultiHook, out of its wrappers: Every and Filter
// dissolve here, so that nothing of them is left on the way of an event. It
// panics on a hook that would observe nothing.
func newLeaf(h Hook) leaf {
	l := leaf{hook: h}
	own := true // only Every and Filter were met so far
	for range maxWrappers {
		if isNil(h) {
			panic(fmt.Sprintf("core: Register: the hook is a nil %T; leave it out or give a real one", h))
		}
		switch w := h.(type) {
		case *everyHook:
			l.every = max(l.every, w.interval)
		case *filterHook:
			l.keep = append(l.keep, w.predicate)
		case multiHook:
			panic(fmt.Sprintf("core: Register: a %T wraps a MultiHook; wrap each of its hooks", l.hook))
		default:
			own = false
		}
		w, wraps := h.(interface{ Unwrap() Hook })
		if !wraps {
			l.name = l.hook.HookName()
			if set := newHookSet([]leaf{l}); set.moments == 0 {
				panic(fmt.Sprintf("core: Register: hook %q (%T) observes nothing; implement at least one of the Hook… interfaces, HookChunkEnd for instance", l.name, l.hook))
			}
			return l
		}
		h = w.Unwrap()
		if own {
			l.hook = h
		}
	}
	panic(fmt.Sprintf("core: Register: a %T unwraps more than %d times; Unwrap must come to an end", l.hook, maxWrappers))
}

// same reports whether two leaves are one hook, so that a hook that is
// registered twice counts once: of filtered ones, only those that are kept for
// a run.
func (l leaf) same(other leaf) bool {
	return len(l.keep)+len(other.keep) == 0 && reflect.TypeOf(l.hook) == reflect.TypeOf(other.hook) &&
		reflect.ValueOf(l.hook).Comparable() && l.hook == other.hook
}

// listener is a hook as one moment sees it.
type listener[H any] struct {
	hook   H
	name   string
	before int // how many start hooks of the pair come before this hook's end, its own included
	every  time.Duration
}

// hookSet is what Register makes of the hooks: a list for each moment, ends in
// reverse order. It is never changed.
type hookSet struct {
	leaves   []leaf
	moments  int  // how many lists are not empty
	filtered bool // by a Filter, on any of them

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

// newHookSet sorts leaves once, in place of a look at every event.
func newHookSet(all []leaf) *hookSet {
	s := &hookSet{}
	for _, l := range all {
		if slices.ContainsFunc(s.leaves, l.same) {
			continue
		}
		s.leaves = append(s.leaves, l)
		s.filtered = s.filtered || len(l.keep) > 0
		// Independent look-ups, no type switch: a hook may implement them all.
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

func add[H any](s *hookSet, list *[]listener[H], l leaf, before int) {
	if h, ok := HookAs[H](l.hook); ok {
		if len(*list) == 0 {
			s.moments++
		}
		*list = append(*list, listener[H]{h, l.name, before, l.every})
	}
}

// filters returns over how many hooks filters decide: all or none.
func (s *hookSet) filters() int {
	if s.filtered {
		return len(s.leaves)
	}
	return 0
}

// watchesWork reports whether a worker has anything to tell while it works.
func (s *hookSet) watchesWork() bool {
	return len(s.workerStart)+len(s.workerEnd)+len(s.chunkStart)+len(s.chunkEnd)+len(s.itemFailure)+len(s.progress) > 0
}

// name tells which hook stands at place i of a moment's list.
func (s *hookSet) name(m Moment, i int) string {
	switch m {
	case MomentFilter:
		return s.leaves[i].name
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
