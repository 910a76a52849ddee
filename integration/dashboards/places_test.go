package dashboards_test

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// addUp are the panels that add up all that is selected, wherever it is.
var addUp = []string{
	"Now / Active runs", "Chunks / Chunk durations", "Native histograms / Chunk durations, native",
	"Programs / Versions", "annotation Run starts",
}

// TestBoardsKeepPlacesApart checks the labels of all results: those of pods have
// their namespace and nothing that changes with the pod, those of machines have
// their instance.
func TestBoardsKeepPlacesApart(t *testing.T) {
	r := record(t)
	for _, c := range []struct {
		where string
		db    *prom.Database
		want  []string // of the labels that tell places apart
	}{
		{"in pods", r.db, []string{"cluster", "namespace"}},
		{"on machines", r.machines, []string{"instance"}},
	} {
		for _, b := range boards(t) {
			for title, queries := range b.queries(t) {
				if slices.Contains(addUp, title) {
					continue
				}
				results := 0
				for _, q := range queries {
					sent := r.whole().query(t, b, q)
					matrix, err := c.db.QueryRange(t.Context(), sent.expr, r.from, r.to, scrapeInterval)
					if err != nil {
						t.Fatalf("%s: %v", sent.expr, err)
					}
					for _, s := range matrix {
						results++
						if got := placeOf(s.Metric); !slices.Equal(got, c.want) {
							t.Errorf("%s: %s: %v has %q to tell places apart, want %q", c.where, title, s.Metric, got, c.want)
						}
					}
				}
				if results == 0 {
					t.Errorf("%s: %s shows nothing", c.where, title)
				}
			}
		}
	}
}

// placeOf returns the labels of a result that tell places apart.
func placeOf(result labels.Labels) []string {
	of := result.Map()
	maps.DeleteFunc(of, func(name, _ string) bool {
		return !slices.Contains([]string{"cluster", "namespace", "instance", "pod", "process"}, name)
	})
	return slices.Sorted(maps.Keys(of))
}

// answers returns what a panel shows of a database, with the values of a label in
// front.
func answers(t *testing.T, db *prom.Database, v view, panel string, query int, label string) (all []string) {
	t.Helper()
	for _, b := range boards(t) {
		queries := b.queries(t)[panel]
		if queries == nil {
			continue
		}
		sent := v.query(t, b, queries[query])
		vector, err := db.Query(t.Context(), sent.expr, v.to)
		if err != nil {
			t.Fatalf("%s: %v", sent.expr, err)
		}
		for _, s := range vector {
			if !math.IsNaN(s.F) {
				words := []string{s.Metric.Get(label), s.Metric.Get("executor"), fmt.Sprint(math.Round(s.F*1000) / 1000)}
				all = append(all, strings.TrimSpace(strings.Join(words, " ")))
			}
		}
	}
	slices.Sort(all)
	return all
}

// TestBoardsShowEachMachine checks that a machine that is well hides no other.
// Import succeeds on b after it did so on a, where it is late.
func TestBoardsShowEachMachine(t *testing.T) {
	r := record(t)
	const both, end = 660 * time.Second, recorded
	for _, c := range []struct {
		panel string
		query int
		at    time.Duration
		want  []string
	}{
		{"Now / Progress", 0, both, []string{"a:9090 import 0.295", "b:9090 import 0.45"}},
		{"Now / Oldest chunk", 0, both, []string{"a:9090 import 24.5", "b:9090 import 54.5"}},
		{"Now / Failed items", 0, end, []string{"a:9090 export 1", "a:9090 import 121"}},
		{"Runs / Executors", 5, end, []string{"a:9090 export 3", "a:9090 import 60", "b:9090 import 120", "c:9090 " + specialName + " 5"}},
		{"Runs / Last success", 0, end, []string{"a:9090 import 1074.5", "b:9090 import 474.5", "c:9090 " + specialName + " 1189.5"}},
		{"Runs / Late", 0, end, []string{"a:9090 export 1014.5", "a:9090 import 1074.5"}},
	} {
		v := view{from: r.at(-time.Minute), to: r.at(c.at), step: scrapeInterval}
		if got := answers(t, r.machines, v, c.panel, c.query, "instance"); !slices.Equal(got, c.want) {
			t.Errorf("%s, query %d, at %v: %q, want %q", c.panel, c.query, c.at, got, c.want)
		}
	}
}

// TestBoardsShowWhatWasPushed checks that pods which were replaced share a line, and
// that the places of shards have one each.
func TestBoardsShowWhatWasPushed(t *testing.T) {
	r := record(t)
	db := prom.NewDatabase(t)
	for _, process := range []string{"nightly-28512340-x7x2p", "nightly-28512341-vz4bq", "0", "worker-0"} {
		db.AppendTarget(t, r.last, r.to, "job", "nightly", "namespace", "etl", "instance", "", "process", process)
	}
	for _, process := range []string{"db-1", "db-2"} {
		db.AppendTarget(t, r.last, r.to, "job", "nightly", "instance", "", "process", process)
	}
	v := view{from: r.at(-time.Minute), to: r.to, step: scrapeInterval}
	want := []string{
		"0 export 1012", "0 import 1075", "db-1 export 1012", "db-1 import 1075", "db-2 export 1012", "db-2 import 1075",
		"export 1012", "import 1075", "worker-0 export 1012", "worker-0 import 1075",
	}
	got := answers(t, db, v, "Runs / Executors", 3, "process")
	for i, line := range got { // the end of a run in milliseconds
		words := strings.Fields(line)
		var ms float64
		if _, err := fmt.Sscan(words[len(words)-1], &ms); err != nil {
			t.Fatal(err)
		}
		words[len(words)-1] = fmt.Sprint(math.Round(v.to.Sub(time.UnixMilli(int64(ms))).Seconds()))
		got[i] = strings.Join(words, " ")
	}
	if !slices.Equal(got, want) {
		t.Errorf("lines %q, want %q", got, want)
	}
}
