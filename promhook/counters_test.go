package promhook_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// The counters of the tests of this package. mixedOutcomes adds to the first two.
var (
	testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test. 0: none.")
	testedRead = core.NewCounter("tested_read", "bytes", "Bytes of a test. 0: none.")
	_          = core.NewCounter("tested_unused", "", "Nothing. 0: as always.")
)

// isTested reports whether a metric, without the namespace, is of one of these counters.
func isTested(name string) bool { return strings.HasPrefix(name, "tested_") }

func TestCountersExistFromTheStart(t *testing.T) {
	hook, registry := newHook()
	hook.OnRunStart(t.Context(), core.RunStart{Executor: "new"})
	got := scrape(t, registry)
	for _, name := range []string{"tested_rows", "tested_read_bytes", "tested_unused"} {
		got.want(t, name+`_total{executor="new"}`, 0)
	}
}

func TestCountersHaveTheirUnitAndHelp(t *testing.T) {
	families, err := newFullRegistry(t).Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, f := range families {
		found[f.GetName()] = f.GetUnit() + "/" + f.GetHelp()
	}
	if got := found["chunkscope_tested_read_bytes_total"]; got != "bytes/Bytes of a test. 0: none." {
		t.Errorf("bytes: %q", got)
	}
	if got := found["chunkscope_tested_rows_total"]; got != "rows/Rows of a test. 0: none." {
		t.Errorf("rows: %q", got)
	}
}

// TestOwnNamesAreReserved checks that no counter can have the name of a metric.
func TestOwnNamesAreReserved(t *testing.T) {
	for name := range describeFamilies(t, newFullRegistry(t)) {
		base := strings.TrimSuffix(name, "_total")
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a counter can be called %s", base)
				}
			}()
			core.NewCounter(base, "", "x")
		}()
	}
}

// TestUnknownCountersAreLeftOut checks that a value that no counter of the process has
// makes no series.
func TestUnknownCountersAreLeftOut(t *testing.T) {
	hook, registry := newHook()
	e := chunkEnd("a")
	e.Custom = []core.CounterValue{{Name: "invented", Value: 1}, {Name: "tested_rows", Unit: "rows", Value: -5}, {Name: "tested_rows", Unit: "rows", Value: 4}}
	hook.OnChunkEnd(context.Background(), e)
	got := scrape(t, registry)
	got.wantNone(t, "invented")
	got.want(t, `tested_rows_total{executor="a"}`, 4)
}
