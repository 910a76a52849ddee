package dashboards_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// view is what a reader of a board has selected.
type view struct {
	from, to time.Time
	step     time.Duration       // the step between two points: the time range over the width, at least the scrape interval
	values   map[string][]string // selected values by variable; a missing variable means all values
}

// query is a query as Grafana sends it to the server.
type query struct {
	expr string
	step time.Duration
}

// expand replaces variables in a query as Grafana 11 and 12 do:
//
//   - $__range is the time range in whole seconds; $__interval_ms is the step,
//     at least the least step of the query.
//   - $__rate_interval is the sum of the step and the scrape interval, at
//     least four scrape intervals, so that a rate has two samples. The least
//     step of the query stands for the scrape interval in the settings of the
//     data source.
//   - A variable of several values is one value, or (one|another). Special
//     characters of regular expressions are escaped with two backslashes,
//     because the value is within quotes. All values together are the
//     unescaped allValue of the board.
func (v view) expand(t *testing.T, b board, expr, least string) query {
	t.Helper()
	interval := scrapeInterval
	if least != "" {
		var err error
		if interval, err = time.ParseDuration(least); err != nil {
			t.Fatal(err)
		}
	}
	step := max(v.step, interval)
	pairs := []string{
		"$__rate_interval", max(step+interval, 4*interval).String(),
		"$__interval_ms", strconv.FormatInt(step.Milliseconds(), 10),
		"$__range", strconv.Itoa(int(v.to.Sub(v.from).Seconds())) + "s",
	}
	for _, variable := range b.Templating.List {
		if variable.Type == "query" {
			pairs = append(pairs, "$"+variable.Name, selection(v.values[variable.Name], *variable.AllValue))
		}
	}
	expanded := strings.NewReplacer(pairs...).Replace(expr)
	if strings.Contains(expanded, "$") {
		t.Errorf("%s: an unknown variable", expanded)
	}
	return query{expanded, step}
}

var special = regexp.MustCompile(`[$^*{}\[\]+?.()|]`)

// selection returns the text that the values of a variable become within the
// quotes of a matcher.
func selection(values []string, all string) string {
	if values == nil {
		return all
	}
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = special.ReplaceAllString(strings.ReplaceAll(v, `\`, `\\\\`), `\\$0`)
	}
	if len(escaped) == 1 {
		return escaped[0]
	}
	return "(" + strings.Join(escaped, "|") + ")"
}
