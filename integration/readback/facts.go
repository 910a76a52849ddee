package readback

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// Facts are numbers by name.
type Facts map[string]float64

func (f Facts) add(name string, n float64) {
	if n != 0 {
		f[name] += n
	}
}

// run is what back ends report about a single run.
type run struct {
	id, outcome          string
	items, failed        int
	chunks, chunksFailed int
	seconds              float64
}

// addRun adds the report of a run. The outcome may be empty, if a back end does
// not report it.
func (f Facts) addRun(r run) {
	f.add("run.items/"+r.id, float64(r.items))
	f.add("run.items_failed/"+r.id, float64(r.failed))
	f.add("run.chunks/"+r.id, float64(r.chunks))
	f.add("run.chunks_failed/"+r.id, float64(r.chunksFailed))
	f.add("run.seconds/"+r.id, r.seconds)
	f.add("seconds.runs", r.seconds)
	f.add("total.runs", 1)
	if r.outcome != "" {
		f.add("runs/"+r.outcome, 1)
		f.add("run.outcome/"+r.id+"/"+r.outcome, 1)
	}
}

// addReport adds the report of a run and its totals. It is for back ends that
// report chunks and items only as totals.
func (f Facts) addReport(r run) {
	f.addRun(r)
	f.add("total.items", float64(r.items))
	f.add("total.items_failed", float64(r.failed))
	f.add("total.chunks", float64(r.chunks))
	f.add("total.chunks_failed", float64(r.chunksFailed))
}

// group returns the part of a name before the slash.
func group(name string) string {
	name, _, _ = strings.Cut(name, "/")
	return name
}

// rounding is the error that a back end may add to each duration of a sum.
const rounding = 1e-6 // seconds

// Check fails the test unless a back end reports all expected facts of the
// groups, and no others.
func (l *Expected) Check(t *testing.T, backend string, got Facts, groups []string) {
	t.Helper()
	names := map[string]bool{}
	for name := range got {
		names[name] = true
	}
	for name := range l.Facts {
		if slices.Contains(groups, group(name)) {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		want, tolerance := 0., 0.
		if slices.Contains(groups, group(name)) {
			want = l.Facts[name]
		}
		if strings.Contains(group(name), "seconds") {
			tolerance = rounding * l.Addends[name]
		}
		if math.Abs(got[name]-want) > tolerance {
			t.Errorf("%s reports %s: %v, want %v", backend, name, got[name], want)
		}
	}
}

// String lists the facts for a reader.
func (f Facts) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f)) {
		fmt.Fprintf(&b, "%s %v\n", name, f[name])
	}
	return b.String()
}
