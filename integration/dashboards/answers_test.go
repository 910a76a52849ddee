package dashboards_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/prometheus/prometheus/promql"
)

// TestBoards sends the queries of the boards as Grafana does, to a database
// with everything that a Prometheus server scraped from real jobs.
func TestBoards(t *testing.T) {
	r := record(t)
	t.Run("names", func(t *testing.T) { testNames(t, r) })
	t.Run("data", func(t *testing.T) { testQueriesHaveResults(t, r) })
	t.Run("answers", func(t *testing.T) { testPanelValues(t, r) })
	t.Run("legends", func(t *testing.T) { testLegends(t, r) })
	t.Run("choices", func(t *testing.T) { testVariables(t, r) })
	t.Run("run starts", func(t *testing.T) { testRunStarts(t, r) })
}

// testNames checks that the metrics and labels of all queries are in a real
// scrape.
func testNames(t *testing.T, r *recording) {
	for _, b := range boards(t) {
		for title, queries := range b.queries(t) {
			for _, q := range queries {
				for _, problem := range r.last.Problems(r.whole().query(t, b, q).expr) {
					t.Errorf("%s: %s: %s: %s", b.file, title, q.Expr, problem)
				}
			}
		}
	}
}

// testQueriesHaveResults checks that all queries have results: those of panels
// and annotations, and those for the values of variables.
func testQueriesHaveResults(t *testing.T, r *recording) {
	for _, b := range boards(t) {
		for title, queries := range b.queries(t) {
			for _, q := range queries {
				if len(r.results(t, r.whole(), b, q)) == 0 {
					t.Errorf("%s: %s: no data: %s", b.file, title, r.whole().query(t, b, q).expr)
				}
			}
		}
	}
}

// testPanelValues checks the values in panels: while all executors are idle,
// with two executors, with two targets of the same job, for a run between two
// scrapes, for a loop of the caller, after the programs have ended, and after
// one has restarted.
func testPanelValues(t *testing.T, r *recording) {
	const idle, both, end, gone = 300 * time.Second, 660 * time.Second, recorded, recorded + 10*time.Minute
	const odd = specialName + " (hourly)"
	for _, c := range []struct {
		panel  string
		query  int // the first is 0
		at     time.Duration
		digits float64 // to round to
		want   []string
	}{
		{"Now / Active runs", 0, idle, 1, []string{"0"}},
		{"Now / Active runs", 0, both, 1, []string{"2"}},
		{"Now / Active runs", 0, end, 1, []string{"2"}},
		{"Now / Active runs", 0, gone, 1, nil},
		{"Now / Progress", 0, idle, 0.001, nil},
		{"Now / Progress", 0, both, 0.001, []string{"import (nightly) 0.299"}}, // 472 of 1600 and 18 of 40
		{"Now / Progress", 0, end, 0.001, []string{"import (nightly) 0.745"}},
		{"Now / Time left", 0, idle, 1, nil},
		{"Now / Time left", 0, end, 100, []string{"import (nightly) 300"}},
		{"Now / Oldest chunk", 0, idle, 0.1, nil},
		{"Now / Oldest chunk", 0, both, 0.1, []string{"import (nightly) 54.5"}}, // the other target's is younger
		{"Now / Failed items", 0, idle, 1, []string{"export (nightly) 1"}},
		{"Now / Failed items", 0, end, 1, []string{"export (nightly) 1", "import (nightly) 121"}},
		{"Throughput / Failed share", 0, end, 0.01, []string{"import (nightly) 0.1"}},
		{"Chunks / Chunk size", 0, idle, 1, nil},
		{"Chunks / Chunk size", 0, both, 1, []string{"import (nightly) 10"}},
		{"Workers / Workers", 0, idle, 1, []string{"export (nightly) 0", "import (nightly) 0", odd + " 0"}},
		{"Workers / Workers", 0, both, 1, []string{"export (nightly) 0", "import (nightly) 6", odd + " 0"}},
		{"Workers / Workers", 1, both, 1, []string{"export (nightly) 0", "import (nightly) 6", odd + " 0"}},
		{"Workers / Workers", 0, end, 1, []string{"export (nightly) 0", "import (nightly) 4", "loop (hourly) 1", odd + " 0"}},
		{"Workers / Utilisation", 0, idle, 0.01, nil},
		{"Workers / Utilisation", 0, both, 0.01, []string{"import (nightly) 1"}},
		{"Workers / Utilisation", 0, end, 0.01, []string{"import (nightly) 1"}}, // the loop has no limit of workers
		{"Runs / Executors", 1, end, 0.1, []string{"import (nightly) 894.5", "loop (hourly) 294.5"}},
		{"Runs / Executors", 5, both, 1, []string{"export (nightly) 3", "import (nightly) 60", odd + " 5"}},
		{"Runs / Executors", 5, end, 1, []string{"export (nightly) 3", "import (nightly) 120", odd + " 5"}}, // the later of two targets
		{"Runs / Executors", 5, gone, 1, []string{"export (nightly) 3", "import (nightly) 120", odd + " 5"}},
		{"Runs / Executors", 6, end, 1, []string{"export (nightly) 0", "import (nightly) 2", "loop (hourly) 0", odd + " 1"}},
		{"Runs / Executors", 7, end, 1, []string{"export (nightly) 0", "import (nightly) 0", "loop (hourly) 0", odd + " 0"}}, // partial
		{"Runs / Executors", 8, end, 1, []string{"export (nightly) 1", "import (nightly) 0", "loop (hourly) 0", odd + " 0"}},
		{"Runs / Last success", 0, end, 0.1, []string{"import (nightly) 474.5", odd + " 1189.5"}},
		{"Runs / Last run not ok", 0, idle, 0.1, []string{"export (nightly) 111.5"}},
		{"Runs / Last run not ok", 0, gone, 0.1, []string{"export (nightly) 1611.5"}},
		{"Runs / Last run not ok", 0, restarted, 0.1, []string{"export (nightly) 1671.5"}},
		{"Runs / Late", 0, idle, 0.1, nil},
		{"Runs / Late", 0, end, 0.1, []string{"export (nightly) 1014.5"}}, // it never succeeded
		{"Runs / Late", 0, gone, 0.1, []string{"export (nightly) 1614.5", "import (nightly) 1074.5"}},
		{"Errors / Errors by type", 0, idle, 1, []string{"export (nightly) fs.PathError 1"}},
		{"Errors / Errors by type", 0, end, 1, []string{"export (nightly) fs.PathError 1", "import (nightly) errors.errorString 120", "import (nightly) panic 1"}},
		{"Native histograms / Chunk duration, native", 0, end, 5, []string{"import (nightly) 30"}},
		{"Can the numbers be trusted? / Lost", 0, 0, 1, []string{"dropping (nightly) 0", "statsdhook (nightly) 0", "webhookhook (nightly) 0"}},
		{"Can the numbers be trusted? / Lost", 0, end, 1, []string{"dropping (nightly) 0", "statsdhook (nightly) 0", "webhookhook (nightly) 1"}},
		{"Can the numbers be trusted? / Failed attempts", 0, end, 1, []string{"dropping (nightly) 0", "statsdhook (nightly) 0", "webhookhook (nightly) 2"}},
		{"Can the numbers be trusted? / Waiting", 0, gone, 1, nil},
		{"Can the numbers be trusted? / Faults", 0, 0, 1, nil},
		{"Can the numbers be trusted? / Faults", 0, end, 1, []string{"panicking (nightly) 2"}},
		{"Programs / Faults of hooks", 0, end, 1, []string{"import (nightly) panicking 2"}},
	} {
		v := view{from: r.at(-time.Minute), to: r.at(c.at), step: scrapeInterval}
		found := false
		for _, b := range boards(t) {
			queries := b.queries(t)[c.panel]
			if queries == nil {
				continue
			}
			found = true
			q := v.query(t, b, queries[c.query])
			vector, err := r.db.Query(t.Context(), q.expr, v.to)
			if err != nil {
				t.Fatalf("%s: %v", q.expr, err)
			}
			if got := formatResults(vector, c.digits); !slices.Equal(got, c.want) {
				t.Errorf("%s, query %d, at %v: %q, want %q: %s", c.panel, c.query, c.at, got, c.want, q.expr)
			}
		}
		if !found {
			t.Errorf("there is no panel %s", c.panel)
		}
	}
}

// formatResults formats results in order, without those that are not numbers.
func formatResults(vector promql.Vector, digits float64) (all []string) {
	for _, s := range vector {
		if math.IsNaN(s.F) {
			continue
		}
		var word []string
		for _, l := range []string{"executor", "hook", "job", "type"} {
			v := s.Metric.Get(l)
			switch {
			case v == "":
			case l == "job" && len(word) > 0: // the executor's or the hook's
				word[0] += " (" + v + ")"
			default:
				word = append(word, v)
			}
		}
		word = append(word, fmt.Sprint(math.Round(s.F/digits)*digits))
		all = append(all, strings.Join(word, " "))
	}
	slices.Sort(all)
	return all
}

var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// testVariables checks that variables offer all values, and that a value
// selects its series, whatever characters it has.
func testVariables(t *testing.T, r *recording) {
	all := boards(t)
	for _, c := range []struct {
		board    board
		variable string
		selected map[string][]string
		want     []string
	}{
		{all[0], "job", nil, []string{"hourly", "nightly"}},
		{all[0], "executor", nil, []string{"export", "import", "loop", specialName}},
		{all[0], "executor", map[string][]string{"job": {"hourly"}}, []string{"loop", specialName}},
		{all[1], "job", nil, []string{"hourly", "nightly"}},
		{all[1], "hook", nil, []string{"dropping", "statsdhook", "webhookhook"}},
		{all[1], "hook", map[string][]string{"job": {"hourly"}}, nil},
	} {
		i := slices.IndexFunc(c.board.Templating.List, func(v dashboard.VariableModel) bool { return v.Name == c.variable })
		m := labelValues.FindStringSubmatch(*c.board.Templating.List[i].Query.String)
		if m == nil {
			t.Fatalf("$%s: no label_values of a selector", c.variable)
		}
		v := r.whole()
		v.values = c.selected
		selector := v.expand(t, c.board, m[1], "").expr
		got, err := r.db.LabelValues(t.Context(), m[2], selector, v.from, v.to)
		if err != nil {
			t.Fatalf("%s: %v", selector, err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("$%s of %s offers %q, want %q", c.variable, selector, got, c.want)
		}
	}

	for _, executors := range [][]string{{specialName}, {"import"}, {specialName, "import"}} {
		v := r.whole()
		v.values = map[string][]string{"executor": executors}
		q := v.query(t, all[0], all[0].queries(t)["Workers / Workers"][0])
		vector, err := r.db.Query(t.Context(), q.expr, v.to)
		if err != nil {
			t.Fatalf("%s: %v", q.expr, err)
		}
		if len(vector) != len(executors) {
			t.Errorf("%q: %d results: %s", executors, len(vector), q.expr)
		}
	}
}

// testRunStarts checks that each run has one mark near its start, at any
// resolution. This includes the first run of a process.
func testRunStarts(t *testing.T, r *recording) {
	b := boards(t)[0]
	for _, step := range []time.Duration{scrapeInterval, 40 * time.Second, time.Minute} {
		v := r.whole()
		v.from, v.step = v.from.Add(7*time.Second), step // scrapes are between the points
		var marks []time.Duration
		for _, s := range r.results(t, v, b, b.queries(t)["annotation Run starts"][0]) {
			last := int64(math.MinInt64)
			for _, p := range s.Floats {
				if p.F > 0 && p.T > last+step.Milliseconds() { // Grafana joins points that are one step apart
					marks = append(marks, time.UnixMilli(p.T).Sub(r.from))
				}
				last = p.T
			}
		}
		slices.Sort(marks)
		starts := []float64{5.5, 65.5, 185.5, 305.5, 605.5, 905.5}
		if len(marks) != len(starts) {
			t.Errorf("step %v: marks at %v", step, marks)
			continue
		}
		for i, start := range starts {
			if late := marks[i].Seconds() - start; late < 0 || late > (step+scrapeInterval).Seconds() {
				t.Errorf("step %v: a mark at %v, of a run that started at %v s", step, marks[i], start)
			}
		}
	}
}

// whole is a view of the whole recording.
func (r *recording) whole() view { return view{from: r.from, to: r.to, step: scrapeInterval} }

// query is a query of a board as Grafana sends it.
func (v view) query(t *testing.T, b board, q prometheus.Dataquery) query {
	t.Helper()
	least := ""
	if q.Interval != nil {
		least = *q.Interval
	}
	return v.expand(t, b, q.Expr, least)
}

// queries returns all queries of a board, by the titles of their panels,
// annotations and variables.
func (b board) queries(t *testing.T) map[string][]prometheus.Dataquery {
	t.Helper()
	all := map[string][]prometheus.Dataquery{}
	for _, p := range b.panels() {
		title := p.row + " / " + *p.Title
		if all[title] != nil {
			t.Errorf("%s: there are two panels %s", b.file, title)
		}
		all[title] = p.queries(t)
	}
	for _, a := range b.Annotations.List {
		q, ok := a.Target.(prometheus.Dataquery)
		if !ok || a.Expr == nil || *a.Expr != q.Expr {
			t.Errorf("%s: Grafana 11 and 12 see different queries for %s", b.file, a.Name)
		}
		all["annotation "+a.Name] = []prometheus.Dataquery{q}
	}
	return all
}

// results returns the series of a query that have a number or a histogram.
func (r *recording) results(t *testing.T, v view, b board, q prometheus.Dataquery) promql.Matrix {
	t.Helper()
	sent := v.query(t, b, q)
	if *q.Range == *q.Instant {
		t.Errorf("%s is neither of an instant nor of a range", q.Expr)
	}
	from := v.from
	if *q.Instant {
		from = v.to
	}
	matrix, err := r.db.QueryRange(t.Context(), sent.expr, from, v.to, sent.step)
	if err != nil {
		t.Fatalf("%s: %v", sent.expr, err)
	}
	return slices.DeleteFunc(matrix, func(s promql.Series) bool {
		return len(s.Histograms) == 0 && !slices.ContainsFunc(s.Floats, func(p promql.FPoint) bool { return !math.IsNaN(p.F) })
	})
}
