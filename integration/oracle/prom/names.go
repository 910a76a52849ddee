package prom

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Get scrapes a handler in a format. It fails the test if the handler answers
// in another one.
func Get(t *testing.T, handler http.Handler, format string) *Scrape {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
	r.Header.Set("Accept", format)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if got := w.Header().Get("Content-Type"); w.Code != http.StatusOK || !strings.HasPrefix(got, format) {
		t.Fatalf("status %d, %s; want %s", w.Code, got, format)
	}
	return Read(t, w.Body.Bytes(), w.Header().Get("Content-Type"))
}

// Problems returns the metrics of an expression, the labels in its selectors
// and the labels it aggregates by that are not in the scrape. Labels of the
// target are always there. An expression without a metric is a problem, too.
func (s *Scrape) Problems(expression string) (problems []string) {
	expr, err := parser.NewParser(parser.Options{}).ParseExpr(expression)
	if err != nil {
		return []string{err.Error()}
	}
	target := []string{"__name__", "job", "instance", "namespace", "pod", "process"}
	known := map[string][]string{} // labels by metric
	add := func(series labels.Labels) {
		name := series.Get("__name__")
		series.Range(func(l labels.Label) { known[name] = append(known[name], l.Name) })
	}
	for _, series := range s.Series {
		add(series)
	}
	for _, n := range s.natives {
		add(n.series)
	}
	all := target // labels of the expression's metrics
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			if known[v.Name] == nil {
				problems = append(problems, fmt.Sprintf("there is no %q", v.Name))
			}
			for _, m := range v.LabelMatchers {
				if !slices.Contains(append(known[v.Name], target...), m.Name) {
					problems = append(problems, fmt.Sprintf("%s has no label %s", v.Name, m.Name))
				}
			}
			all = append(all, known[v.Name]...)
		}
		return nil
	})
	if len(all) == len(target) && problems == nil {
		problems = append(problems, "it asks for nothing")
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if a, ok := n.(*parser.AggregateExpr); ok {
			for _, by := range a.Grouping {
				if !slices.Contains(all, by) {
					problems = append(problems, fmt.Sprintf("no metric in it has the label %s", by))
				}
			}
		}
		return nil
	})
	return problems
}
