package dashboards_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

const (
	page       = "../../docs/dashboards.md"
	tableBegin = "<!-- table: written by go generate ./dashboards in folder integration -->\n"
	tableEnd   = "<!-- end of table -->\n"
)

// TestPageHasTheQueries checks that the table in the documentation has the
// queries of the boards.
func TestPageHasTheQueries(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), tableBegin)
	_, after, closed := strings.Cut(rest, tableEnd)
	if !ok || !closed {
		t.Fatalf("%s has no place for the table", page)
	}
	want := before + tableBegin + queryTable(t) + tableEnd + after
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(text) != want {
		t.Errorf("the table of %s is not of the boards: go generate ./dashboards", page)
	}
	for _, b := range boards(t) {
		if !strings.Contains(want, "../integration/dashboards/"+b.file) {
			t.Errorf("%s has no link to %s", page, b.file)
		}
		for _, v := range b.Templating.List {
			if !strings.Contains(want, "| `"+v.Name+"` |") {
				t.Errorf("%s does not mention the variable %s", page, v.Name)
			}
		}
		for _, p := range b.panels() {
			if !strings.Contains(before, "| **"+p.row+"** |") {
				t.Errorf("%s does not explain the row %s", page, p.row)
			}
		}
	}
}

// shorten writes the three aggregations of pods, shards and machines as one, which
// the page explains: "sum each (X)", or "sum each without outcome (X)".
func shorten(t *testing.T, expr string) string {
	t.Helper()
	for {
		at := aggregation.FindStringSubmatchIndex(expr)
		if at == nil {
			return expr
		}
		inner := expr[at[1]:closing(t, expr, at[1])]
		end := closing(t, expr, at[0]+1)
		dropped := strings.TrimPrefix(expr[at[4]:at[5]], ", ")
		if dropped != "" {
			dropped = " without " + dropped
		}
		inner = podMatchers.ReplaceAllString(inner, "")
		expr = expr[:at[0]] + expr[at[2]:at[3]] + " each" + dropped + " (" + inner + ")" + expr[end+1:]
	}
}

var (
	aggregation = regexp.MustCompile(`\((\w+) without \(instance, pod, process((?:, \w+)?)\) \(`)
	podMatchers = regexp.MustCompile(`,namespace!="",process=~"[^"]*"`)
)

// closing returns where the parenthesis is closed that was opened before a place.
func closing(t *testing.T, expr string, from int) int {
	t.Helper()
	open := 1
	for i := from; i < len(expr); i++ {
		switch expr[i] {
		case '(':
			open++
		case ')':
			open--
		}
		if open == 0 {
			return i
		}
	}
	t.Fatalf("a parenthesis is never closed: %s", expr)
	return 0
}

// queryTable returns a table with a row for each panel.
func queryTable(t *testing.T) string {
	t.Helper()
	short := strings.NewReplacer(
		`{job=~"$job",executor=~"$executor"`, "{S", `{job=~"$job",hook=~"$hook"`, "{H",
		"|", `\|`, // a bar would end the cell
	)
	var lines strings.Builder
	lines.WriteString("| board | row | panel | queries |\n|---|---|---|---|\n")
	for _, b := range boards(t) {
		name := strings.TrimPrefix(*b.Title, "Chunkscope / ")
		for _, a := range b.Annotations.List {
			lines.WriteString("| " + name + " | on all graphs | " + a.Name + " | `" + short.Replace(*a.Expr) + "` |\n")
		}
		for _, p := range b.panels() {
			var queries []string
			for _, q := range p.queries(t) {
				queries = append(queries, "`"+short.Replace(shorten(t, strings.Join(strings.Fields(q.Expr), " ")))+"`")
			}
			lines.WriteString("| " + strings.Join([]string{name, p.row, *p.Title, strings.Join(queries, "<br>")}, " | ") + " |\n")
		}
	}
	return lines.String()
}
