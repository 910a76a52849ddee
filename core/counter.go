package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/chunkscope/chunkscope/internal/metricname"
)

// maxCounters is how many counters a process may have.
const maxCounters = 64

// Counter counts something of the user's in the chunks of all runs: rows read, bytes
// written, duplicates. The sums of a chunk and of a run are in the Custom of its end,
// and so in every back end beside the items. Its methods are safe for concurrent use.
// NewCounter makes one; what is added to the zero value is lost.
type Counter struct {
	name, unit, help string
	index            int // from 1; at 0 are the values of zero Counters, which nothing reads
}

// CounterValue is the sum of a counter in a chunk or a run.
type CounterValue struct {
	// Name and Unit are those given to NewCounter.
	Name, Unit string
	// Value is the sum, at least 1 and at most math.MaxInt64.
	Value int64
}

// counters are the counters of the process, sorted by name. The slice is never changed,
// only replaced.
var (
	counters     atomic.Pointer[[]*Counter]
	countersLock sync.Mutex // held while one is added
)

// NewCounter returns a counter for the whole process. Make it once, as a variable of a
// package:
//
//	var rowsRead = core.NewCounter("rows_read", "rows", "Rows read from the source.")
//
// The name has lower-case letters, digits and underscores, at most 64. Back ends put
// chunkscope and a separator before it, and Prometheus _total after it. The unit is a
// plain word for what is counted, or empty; "bytes" and "seconds" are written as each
// back end does. help says in a sentence what is counted.
//
// NewCounter panics if the name or the unit is invalid, if help is empty, if the process
// has a counter of that name, in Prometheus' spelling too, or 64 counters, and if the
// name is one of Chunkscope's own: items, errors, or one that begins with run, chunk,
// worker or another of its words.
func NewCounter(name, unit, help string) *Counter {
	require(metricname.Valid(name) && !strings.HasSuffix(name, "_total"), "NewCounter", name,
		"the name is invalid; give at most 64 lower-case letters, digits and underscores, a letter first and no _total last")
	require(!metricname.Reserved(name), "NewCounter", name, "the name is one of Chunkscope's own; begin with what is counted, rows_read for instance")
	require(metricname.ValidUnit(unit), "NewCounter", unit, "the unit is invalid; give a word of lower-case letters, bytes or rows for instance, or none")
	require(help != "" && utf8.ValidString(help), "NewCounter", name, "the help is empty or no UTF-8; say in a sentence what is counted")
	countersLock.Lock()
	defer countersLock.Unlock()
	all := Counters()
	for _, c := range all {
		if metricname.Prometheus(c.name, c.unit) == metricname.Prometheus(name, unit) || c.name == name {
			panic(fmt.Errorf("core: NewCounter(%q): the process has a counter %q with the unit %q; use that one, or choose another name", name, c.name, c.unit))
		}
	}
	if len(all) == maxCounters {
		panic(errors.New("core: NewCounter: the process has 64 counters, and each makes a series for each executor; use fewer"))
	}
	c := &Counter{name, unit, help, len(all) + 1}
	all = append(all, c)
	slices.SortFunc(all, func(a, b *Counter) int { return strings.Compare(a.name, b.name) })
	counters.Store(&all)
	return c
}

// Counters returns the counters of the process, sorted by name. It is for hooks, which
// send those that are still at 0 too.
func Counters() []*Counter { return slices.Clone(allCounters()) }

func allCounters() []*Counter {
	if all := counters.Load(); all != nil {
		return *all
	}
	return nil
}

// Name returns the counter's name.
func (c *Counter) Name() string { return c.name }

// Unit returns the counter's unit, empty if it has none.
func (c *Counter) Unit() string { return c.unit }

// Help returns the sentence that says what is counted.
func (c *Counter) Help() string { return c.help }

// Add adds n to the counter in the chunk that ctx belongs to, in Map, ForEach and Stream
// the chunk of the item. It changes nothing for n below 1, and outside of chunks. What
// is added after the chunk's function has returned counts for a later chunk or is lost.
func (c *Counter) Add(ctx context.Context, n int64) {
	chunk := ctx.Value(chunkKey{})
	w, ok := chunk.(*worker)
	if !ok || n < 1 {
		if s, served := chunk.(servedChunk); served && n > 0 && c.index > 0 {
			s.AddCounter(c.name, n)
		}
		return
	}
	v := w.custom.Load()
	if v == nil {
		v = w.makeCounters()
	}
	v.now[c.index].Add(n)
}
