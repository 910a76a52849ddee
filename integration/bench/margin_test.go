package main

import (
	"fmt"
	"testing"

	"github.com/chunkscope/chunkscope/integration/bench/internal/bars"
)

// margin is the factor by which the best round of a comparison may exceed its
// bar. Two things keep this test from failing on a busy machine. Both times of
// a ratio are taken within a round, so load slows both. And the best of the
// rounds counts, so all of them would have to be disturbed. The test is meant
// to find costs above the margin: a goroutine or a lock per item, a clock read
// per item, an exporter that does I/O on a worker.
const margin = 3

// checkWithMargin returns how a reading fails, if it does. Times and memory are
// compared with three times their bar, numbers with the bar itself.
func checkWithMargin(r bars.Reading) string {
	b := bars.Named(r.Bar)
	switch {
	case b.Unit == bars.Ratio && r.Samples == 0:
		return fmt.Sprintf("%s: nothing was measured", r.Bar)
	case b.Unit == bars.Ratio && r.Best > margin*b.Limit:
		return fmt.Sprintf("%s: %.4g in the best of %d rounds, the bar is %.4g: %s", r.Bar, r.Best, r.Samples, b.Limit, b.What)
	case b.Unit == bars.Number && r.Value > b.Limit, b.Unit != bars.Ratio && r.Value > margin*b.Limit:
		return fmt.Sprintf("%s: %.4g, the bar is %.4g: %s", r.Bar, r.Value, b.Limit, b.What)
	}
	return ""
}

func TestCheckWithMargin(t *testing.T) {
	limit := bars.Named("no hooks").Limit
	for name, c := range map[string]struct {
		r    bars.Reading
		fine bool
	}{
		"a ratio below":          {bars.Reading{Bar: "no hooks", Best: limit, Value: 99, Samples: 3}, true},
		"a ratio in the margin":  {bars.Reading{Bar: "no hooks", Best: 2.9 * limit, Samples: 3}, true},
		"a ratio beyond":         {bars.Reading{Bar: "no hooks", Best: 3.1 * limit, Samples: 3}, false},
		"nothing measured":       {bars.Reading{Bar: "no hooks"}, false},
		"allocations on the bar": {bars.Reading{Bar: "allocs/run", Value: 1}, true},
		"an allocation too much": {bars.Reading{Bar: "allocs/run", Value: 1.03}, false},
		"a span that may not be": {bars.Reading{Bar: "unrecorded spans", Value: 1}, false},
		"memory in the margin":   {bars.Reading{Bar: "memory/hooks", Value: 9 << 20}, true},
		"memory beyond":          {bars.Reading{Bar: "memory/stream", Value: 4}, false},
	} {
		if got := checkWithMargin(c.r); (got == "") != c.fine {
			t.Errorf("%s: %q", name, got)
		}
	}
}
