package dashboards_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestConventions checks the boards against the rules of Grafana's own linter
// and a few more. The linter is not available as a library, so the rules are
// written here again. One rule is left out on purpose: a variable instance,
// because pods have none that stays.
func TestConventions(t *testing.T) {
	for _, b := range boards(t) {
		if !strings.HasPrefix(*b.Uid, "chunkscope-") || len(*b.Uid) > 40 || *b.Title == "" || *b.Description == "" {
			t.Errorf("%s: uid %q, title %q, description %q", b.file, *b.Uid, *b.Title, *b.Description)
		}
		if *b.Editable || *b.Refresh != "30s" || b.SchemaVersion != 41 || !slices.Equal(b.Tags, []string{"chunkscope"}) {
			t.Errorf("%s: editable %v, refresh %s, schema %d, tags %q", b.file, *b.Editable, *b.Refresh, b.SchemaVersion, b.Tags)
		}
		runbook := func(l dashboard.DashboardLink) bool {
			return l.Url != nil && strings.HasSuffix(*l.Url, "/docs/runbook.md")
		}
		if !slices.ContainsFunc(b.Links, runbook) {
			t.Errorf("%s: no link to the runbook", b.file)
		}
		checkSources(t, b)
		checkVariables(t, b)
		ids := map[uint32]bool{}
		for _, p := range b.panels() {
			if ids[*p.Id] {
				t.Errorf("%s: %s has the id %d of another panel", b.file, *p.Title, *p.Id)
			}
			ids[*p.Id] = true
			checkPanel(t, b, p)
		}
		checkGrid(t, b)
	}
}

// checkSources checks all places in which a board names a data source.
func checkSources(t *testing.T, b board) {
	t.Helper()
	var fields any
	if err := json.Unmarshal(read(t, b.file), &fields); err != nil {
		t.Fatal(err)
	}
	sources := 0
	each(fields, func(object map[string]any, field string) {
		if field != "datasource" {
			return
		}
		sources++
		if want := map[string]any{"type": "prometheus", "uid": "${datasource}"}; !reflect.DeepEqual(object[field], want) {
			t.Errorf("%s: a data source that readers cannot select: %v", b.file, object[field])
		}
	})
	if sources < 2*len(b.panels()) { // of each panel and each of its queries
		t.Errorf("%s: %d data sources", b.file, sources)
	}
}

func checkVariables(t *testing.T, b board) {
	t.Helper()
	var names []string
	for _, v := range b.Templating.List {
		names = append(names, v.Name)
		switch {
		case *v.Label == "":
			t.Errorf("%s: $%s has no label", b.file, v.Name)
		case v.Type == "datasource" && *v.Query.String != "prometheus":
			t.Errorf("%s: $%s is of %s", b.file, v.Name, *v.Query.String)
		case v.Type == "query" && (!*v.Multi || !*v.IncludeAll || *v.AllValue != ".+" || *v.Refresh != dashboard.VariableRefreshOnTimeRangeChanged):
			t.Errorf("%s: $%s: want many values, all of them as .+, asked for anew with the time range", b.file, v.Name)
		}
	}
	if !slices.Equal(names[:2], []string{"datasource", "job"}) {
		t.Errorf("%s: variables %q", b.file, names)
	}
}

func checkPanel(t *testing.T, b board, p panel) {
	t.Helper()
	units := []string{"short", "s", "percentunit"}
	if p.row == "" || *p.Title == "" || len(p.Targets) == 0 {
		t.Errorf("%s: %s / %s, %d queries", b.file, p.row, *p.Title, len(p.Targets))
	}
	if d := *p.Description; !strings.HasSuffix(d, ".") || len(d) < 20 {
		t.Errorf("%s: %s: a description of %q", b.file, *p.Title, d)
	}
	if unit := p.FieldConfig.Defaults.Unit; unit == nil || !slices.Contains(units, *unit) {
		t.Errorf("%s: %s has no unit, or another one", b.file, *p.Title)
	}
	v := view{to: time.Time{}.Add(time.Hour), values: map[string][]string{"job": {"J"}, "executor": {"E"}, "hook": {"H"}}}
	for _, q := range p.queries(t) {
		if p.Type != "table" && *q.LegendFormat == "" && strings.Contains(q.Expr, " without (") {
			t.Errorf("%s: %s: series without names: %s", b.file, *p.Title, q.Expr)
		}
		checkRates(t, q.Expr)
		expr, err := parser.NewParser(parser.Options{}).ParseExpr(v.query(t, b, q).expr)
		if err != nil {
			t.Errorf("%s: %v", q.Expr, err)
			continue
		}
		for _, selector := range parser.ExtractSelectors(expr) {
			chosen := map[string]string{}
			for _, m := range selector {
				if m.Type == labels.MatchRegexp {
					chosen[m.Name] = m.Value
				}
			}
			if chosen["job"] != "J" || chosen["executor"] != "E" && chosen["hook"] != "H" && !strings.Contains(q.Expr, "chunkscope_build_info") {
				t.Errorf("%s: %s ignores the selected variables: %v", b.file, *p.Title, selector)
			}
		}
	}
}

var (
	windows = regexp.MustCompile(`(\w+)\([^()]*\[([^\]]+)\]`)
	quoted  = regexp.MustCompile(`"[^"]*"`)
)

// checkRates checks that the windows of rates adapt to the resolution. A fixed
// window is empty with slow scrapes, or misses what is between two points.
func checkRates(t *testing.T, expr string) {
	t.Helper()
	allowed := map[string][]string{
		"rate": {"$__rate_interval"}, "increase": {"$__rate_interval", "$__range"}, "avg_over_time": {"$__rate_interval"},
		"max_over_time": {"$__range", "8d"}, "min_over_time": {"8d"}, "last_over_time": {"8d"}, // eight days contain a run of a weekly job
	}
	for _, m := range windows.FindAllStringSubmatch(quoted.ReplaceAllString(expr, `""`), -1) {
		if !slices.Contains(allowed[m[1]], m[2]) {
			t.Errorf("%s over %s: %s", m[1], m[2], expr)
		}
	}
}

// checkGrid checks that panels do not overlap or extend beyond the grid.
func checkGrid(t *testing.T, b board) {
	t.Helper()
	taken := map[[2]uint32]string{}
	place := func(title string, g *dashboard.GridPos) {
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[[2]uint32{x, y}]; other != "" || x >= 24 {
					t.Errorf("%s: %s at %d, %d, where %q is", b.file, title, x, y, other)
					return
				}
				taken[[2]uint32{x, y}] = title
			}
		}
	}
	for _, p := range b.Panels {
		if p.Panel != nil {
			place(*p.Panel.Title, p.Panel.GridPos)
			continue
		}
		place(*p.RowPanel.Title, p.RowPanel.GridPos)
		for _, inner := range p.RowPanel.Panels {
			place(*inner.Title, inner.GridPos)
		}
	}
}

// testLegends checks that the series of a panel have different names, and that
// tables have a column for each label.
func testLegends(t *testing.T, r *recording) {
	for _, b := range boards(t) {
		for _, p := range b.panels() {
			names := map[string]bool{}
			for _, q := range p.queries(t) {
				for _, s := range r.results(t, r.whole(), b, q) {
					if p.Type == "table" {
						checkColumns(t, p, s.Metric)
						continue
					}
					name := *q.LegendFormat
					s.Metric.Range(func(l labels.Label) { name = strings.ReplaceAll(name, "{{"+l.Name+"}}", l.Value) })
					name = placeLabels.ReplaceAllString(name, "") // as Grafana does with a label that a series lacks
					if names[name] || strings.Contains(name, "{{") {
						t.Errorf("%s: %s: two series, or one without its labels, are called %q", b.file, *p.Title, name)
					}
					names[name] = true
				}
			}
		}
	}
}

var placeLabels = regexp.MustCompile(` \{\{(cluster|namespace|instance|process)\}\}`)

// checkColumns checks that a table shows exactly the labels of a result. Columns of
// labels that no result has are not shown.
func checkColumns(t *testing.T, p panel, result labels.Labels) {
	t.Helper()
	options, _ := p.Transformations[1].Options.(map[string]any)
	columns, _ := options["renameByName"].(map[string]string)
	shown := slices.Sorted(maps.Keys(columns))
	shown = slices.DeleteFunc(shown, func(field string) bool {
		return strings.HasPrefix(field, "Value") || !result.Has(field) && placeLabels.MatchString(" {{"+field+"}}")
	})
	if got := slices.Sorted(maps.Keys(result.Map())); !slices.Equal(got, shown) {
		t.Errorf("%s has columns for %q, results have %q", *p.Title, shown, got)
	}
	values := 0
	for field := range columns {
		if strings.HasPrefix(field, "Value") {
			values++
		}
	}
	if values != len(p.Targets) {
		t.Errorf("%s has %d columns for values of %d queries", *p.Title, values, len(p.Targets))
	}
}
