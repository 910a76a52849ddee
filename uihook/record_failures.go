package uihook

import (
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/label"
)

const (
	maxKinds       = 20
	maxFailedItems = 10 // of a kind
)

// failures are the failures of a run by kind. They are safe for concurrent use.
type failures struct {
	table *label.Table[failureKind]
}

// failureKind is what the page shows of the failures of one kind.
type failureKind struct {
	mu          sync.Mutex
	items       int
	first, last time.Time
	sampled     bool
	text        string // of the first one
	examples    [maxFailedItems]failedItem
	count       int // of examples
}

// failedItem is an item that failed, or the first one of a chunk that did.
type failedItem struct {
	index, items int
	name         string // cleaned when it is shown
}

func newFailures() failures {
	return failures{label.NewTable(maxKinds, func(string) *failureKind { return new(failureKind) })}
}

func (f *failures) add(e *core.ItemFailure, texts texts) {
	k := f.table.Get(label.ErrorType(e.Err))
	k.mu.Lock()
	needsText := !k.sampled
	k.sampled = true
	k.items += max(1, e.Items)
	if k.first.IsZero() || e.At.Before(k.first) {
		k.first = e.At
	}
	if e.At.After(k.last) {
		k.last = e.At
	}
	if k.count < maxFailedItems {
		k.examples[k.count] = failedItem{e.Index, max(1, e.Items), cut(e.Name)}
		k.count++
	}
	k.mu.Unlock()
	if needsText {
		text := texts.err(e.Err) // now, as the error may change; without the lock, as it is user code
		k.mu.Lock()
		k.text = text
		k.mu.Unlock()
	}
}

// list returns the kinds, the one with the most failed items first.
func (f *failures) list(texts texts) []failureView {
	all := []failureView{}
	for name, k := range f.table.All() {
		k.mu.Lock()
		if k.items > 0 {
			v := failureView{Kind: texts.name(name), Items: k.items, First: k.first, Last: k.last, Text: k.text}
			for _, x := range k.examples[:k.count] {
				v.Examples = append(v.Examples, exampleView{x.index, x.items, texts.item(x.name)})
			}
			all = append(all, v)
		}
		k.mu.Unlock()
	}
	slices.SortStableFunc(all, func(a, b failureView) int { return b.Items - a.Items })
	return all
}
