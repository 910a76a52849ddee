package otelhook_test

import (
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// The counters of the tests of this package.
var (
	testedRows = core.NewCounter("tested_rows", "rows", "Rows of a test.")
	testedRead = core.NewCounter("tested_read", "bytes", "Bytes of a test.")
	_          = core.NewCounter("tested_unused", "", "Nothing.")
)

// isTested reports whether a metric is of one of these counters.
func isTested(name string) bool { return strings.HasPrefix(name, "chunkscope.tested_") }

func TestCountersHaveTheirUnitAndDescription(t *testing.T) {
	th := newTestHook()
	runDoubling(t, th.Hook)
	all := th.collect(t)
	for name, want := range map[string]string{"tested_rows": "{rows} Rows of a test.", "tested_read": "By Bytes of a test.", "tested_unused": " Nothing."} {
		m := all["chunkscope."+name]
		if got := m.Unit + " " + m.Description; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if got := values(m); len(got) != 1 || got["chunkscope.executor=import"] != 0 {
			t.Errorf("%s after a run that does not use it: %v", name, got)
		}
	}
}

// TestOwnNamesAreReserved checks that no counter can have the name of a metric, as other
// back ends write it.
func TestOwnNamesAreReserved(t *testing.T) {
	th := newTestHook()
	runDoubling(t, th.Hook)
	for name := range th.collect(t) {
		if isTested(name) {
			continue
		}
		base := strings.ReplaceAll(strings.TrimPrefix(name, "chunkscope."), ".", "_")
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
