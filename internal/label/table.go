package label

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// Table keeps one value per name for a limited number of names. All other names
// share one more value. Get of a known name takes no lock and does not allocate.
// A Table is safe for concurrent use.
type Table[T any] struct {
	limit    int
	newValue func(label string) *T

	first    atomic.Pointer[entry[T]] // of the first name: most tables have only one
	entries  atomic.Pointer[map[string]*entry[T]]
	other    atomic.Pointer[entry[T]] // nil until a name finds the table full
	overflow atomic.Uint64

	mu sync.Mutex // held while a name is added
}

type entry[T any] struct {
	name, label string
	value       *T
}

// NewTable returns an empty table for at most limit names. The table calls
// newValue once for each label, never concurrently, to create its value.
func NewTable[T any](limit int, newValue func(label string) *T) *Table[T] {
	t := &Table[T]{limit: limit, newValue: newValue}
	t.entries.Store(&map[string]*entry[T]{})
	return t
}

// Get returns the value of name. It creates the value if the table has room for
// another name, and returns the value of Other otherwise.
func (t *Table[T]) Get(name string) *T {
	if len(name) > maxBytes {
		name = Clean(name) // so that the table keeps no long texts
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

// add adds a name, or Other when the table is full.
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

// findLabel returns an entry with the label, nil if there is none. Distinct
// names rarely share a label. The empty name and Unknown do, and so do a name
// and the result of Clean for it.
func findLabel[T any](entries map[string]*entry[T], label string) *entry[T] {
	for _, e := range entries {
		if e.label == label {
			return e
		}
	}
	return nil
}

// All ranges over the labels, in alphabetical order, and their values.
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

// Overflow returns how many calls of Get returned the value of Other.
func (t *Table[T]) Overflow() uint64 { return t.overflow.Load() }
