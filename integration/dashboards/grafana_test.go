package dashboards_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// view is how somebody looks at a board.
type view struct {
	from, to time.Time
	step     time.Duration       // between two points: the time range over the width, and no less than the scrape interval
	values   map[string][]string // that are selected of a variable; of others, all
}

// query is one as Grafana sends it to the server.
type query struct {
	expr string
	step time.Duration
}

// expand puts the values of variables into a query as Grafana 11 and 12 do:
//
//   - $__range is the time range in whole seconds, $__interval_ms the step, which is
//     no less than the least step of the query.
//   - $__rate_interval is the step and the scrape interval together, and at least four
//     scrape intervals, so that a rate has two samples. The least step of the query stands for
//     the scrape interval of the data source's settings.
//   - A variable of several values is one value, or (one|another), with what a regular expression
//     would understand escaped, by two backslashes as it stands in quotes. All of them
//     is what the board gives as allValue, as it is.
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
		t.Errorf("%s: a variable that nobody knows", expanded)
	}
	return query{expanded, step}
}

var special = regexp.MustCompile(`[$^*{}\[\]+?.()|]`)

// selection is what the values of a variable become between the quotes of a
// matcher.
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
