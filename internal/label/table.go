package label

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Table keeps one value for each of at most so many names, and one for all
// others together. It is made for many reads: Get of a known name takes no lock
// and does not allocate. It is safe for concurrent use.
type Table[T any] struct {
	limit int
	newValue func(label string) *T

	first    atomic.Pointer[entry[T]] // most tables have no second one
	entries    atomic.Pointer[map[string]*entry[T]]
	other    atomic.Pointer[entry[T]] // nil as long as no name was refused
	overflow atomic.Uint64

	mu sync.Mutex // of those who admit names
}

type entry[T any] struct {
	name, label string
	value       *T
}

// NewTable returns an empty table for at most limit names. value makes the
// value of a label; it is called once for each, one at a time.
func NewTable[T any](limit int, value func(label string) *T) *Table[T] {
	t := &Table[T]{limit: limit, newValue: value}
	t.entries.Store(&map[string]*entry[T]{})
	return t
}

// Get returns the value of name, which is made if there is room, or that of Other.
func (t *Table[T]) Get(name string) *T {
	if len(name) > maxBytes {
		name = Clean(name) // so that the table keeps no huge texts
	}
	if e := t.first.Load(); e != nil && e.name == name {
		return e.value
	}
	if e := (*t.entries.Load())[name]; e != nil {
		return e.value
	}
	if e := t.other.Load(); e != nil {
		t.overflow.Add(1)
		return e.value
	}
	return t.add(name)
}

// admit makes room for a name, or from the first that finds none on, for Other.
func (t *Table[T]) add(name string) *T {
	t.mu.Lock()
	defer t.mu.Unlock()
	entries := *t.entries.Load()
	if e := entries[name]; e != nil {
		return e.value
	}
	if len(entries) < t.limit {
		e := &entry[T]{name: name, label: Clean(name)}
		if existing := findLabel(entries, e.label); existing != nil {
			e.value = existing.value
		} else {
			e.value = t.newValue(e.label)
		}
		next := maps.Clone(entries)
		next[name] = e
		t.entries.Store(&next)
		t.first.CompareAndSwap(nil, e)
		return e.value
	}
	t.overflow.Add(1)
	if t.other.Load() == nil {
		t.other.Store(&entry[T]{label: Other, value: t.newValue(Other)})
	}
	return t.other.Load().value
}

// labelled returns an entry with the label, nil if there is none. Distinct
// names rarely share one: no name and the name Unknown do, or a name and
// another that is what Clean makes of it.
func findLabel[T any](entries map[string]*entry[T], label string) *entry[T] {
	for _, e := range entries {
		if e.label == label {
			return e
		}
	}
	return nil
}

// All ranges over the labels in their order, and their values.
func (t *Table[T]) All() iter.Seq2[string, *T] {
	all := slices.Collect(maps.Values(*t.entries.Load()))
	if e := t.other.Load(); e != nil {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *entry[T]) int { return cmp.Compare(a.label, b.label) })
	all = slices.CompactFunc(all, func(a, b *entry[T]) bool { return a.label == b.label })
	return func(yield func(string, *T) bool) {
		for _, e := range all {
			if !yield(e.label, e.value) {
				return
			}
		}
	}
}

// Overflow returns how many calls of Get were answered with the value of Other.
func (t *Table[T]) Overflow() uint64 { return t.overflow.Load() }
