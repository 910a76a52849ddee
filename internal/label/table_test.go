package label_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chunkscope/chunkscope/internal/label"
)

type counter struct {
	label string
}

func newTable(limit int) *label.Table[counter] {
	return label.NewTable(limit, func(l string) *counter { return &counter{l} })
}

func TestTable(t *testing.T) {
	table := newTable(2)
	b, a := table.Get("b"), table.Get("a\n")
	if table.Get("b") != b || table.Get("a\n") != a || a == b {
		t.Error("a name does not have one value of its own")
	}
	if got := slices.Collect(maps.Keys(maps.Collect(table.All()))); len(got) != 2 {
		t.Errorf("labels %q before the limit was reached", got)
	}
	other := table.Get("c")
	if other == a || other == b || table.Get("d") != other {
		t.Error("names beyond the limit do not share a value of their own")
	}
	if table.Get("b") != b {
		t.Error("a known name has lost its value")
	}
	var labels []string
	for l, v := range table.All() {
		if v.label != l {
			t.Errorf("value %q at label %q", v.label, l)
		}
		labels = append(labels, l)
	}
	if !slices.IsSorted(labels) || len(labels) != 3 || labels[0] != label.Other || !strings.HasPrefix(labels[1], "a_~") || labels[2] != "b" {
		t.Errorf("labels %q", labels)
	}
	if got := table.Overflow(); got != 2 {
		t.Errorf("overflow %d, want 2", got)
	}
}

func TestTableKeepsOneValueForALabel(t *testing.T) {
	created := 0
	table := label.NewTable(10, func(l string) *counter { created++; return &counter{l} })
	cleaned := label.Clean("a\n")
	if table.Get("") != table.Get(label.Unknown) || table.Get("a\n") != table.Get(cleaned) {
		t.Error("names with the same label have different values")
	}
	var labels []string
	for l := range table.All() {
		labels = append(labels, l)
	}
	if want := []string{cleaned, label.Unknown}; !slices.Equal(labels, want) || created != len(want) {
		t.Errorf("%d values for labels %q, want one each for %q", created, labels, want)
	}
}

func TestTableKeepsNoLongNames(t *testing.T) {
	table := newTable(10)
	long := strings.Repeat("x", 1<<20)
	if one := table.Get(long); table.Get(long) != one || table.Get(long+"y") == one {
		t.Error("long names are not distinguished like others")
	}
	for l := range table.All() {
		if len(l) > 128 {
			t.Errorf("label of %d bytes", len(l))
		}
	}
}

func TestTableConcurrentUse(t *testing.T) {
	created := map[string]int{}
	table := label.NewTable(50, func(l string) *counter { created[l]++; return &counter{l} })
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				name := fmt.Sprint("n", (i+g*25)%100)
				if v := table.Get(name); v.label != name && v.label != label.Other {
					t.Errorf("%q got the value of %q", name, v.label)
				}
				for range table.All() {
					break
				}
			}
		})
	}
	wg.Wait()
	if len(created) != 51 {
		t.Errorf("%d values, want 50 and one for the others", len(created))
	}
	for l, n := range created {
		if n != 1 {
			t.Errorf("value %q was created %d times", l, n)
		}
	}
}

func TestTableAllocatesNothing(t *testing.T) {
	table := newTable(2)
	for _, name := range []string{"first", "second", "beyond"} {
		table.Get(name)
		if n := testing.AllocsPerRun(100, func() { table.Get(name) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
