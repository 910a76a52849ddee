package alerts_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// TestEveryThresholdMatters changes each number, each duration and each
// condition of the rules, one at a time. At least one scenario must fail with
// each change.
func TestEveryThresholdMatters(t *testing.T) {
	t.Parallel()
	records, alerts := readRules(t)
	for i, r := range records {
		asks := func(other rulefmt.Rule) bool { return usesRecord(t, records, other.Expr, r.Record) }
		then, affected := selectRules(records[i+1:], asks), selectRules(alerts, asks)
		for _, m := range mutate(t, r) {
			t.Run(r.Record+"/"+m.change, func(t *testing.T) {
				t.Parallel()
				changed := slices.Concat([]rulefmt.Rule{m.rule}, then)
				m.mustBeDetected(t, func(s *scenario) []string {
					h, err := withRecords(t, s.recorded, changed)
					if err != nil {
						return []string{err.Error()}
					}
					return firingAlerts(t, h, affected)
				}, affected...)
			})
		}
	}
	for _, r := range alerts {
		for _, m := range mutate(t, r) {
			t.Run(r.Alert+" "+r.Labels["severity"]+"/"+m.change, func(t *testing.T) {
				t.Parallel()
				m.mustBeDetected(t, func(s *scenario) []string { return firingAlerts(t, s.recorded, []rulefmt.Rule{m.rule}) }, r)
			})
		}
	}
}

func selectRules(rules []rulefmt.Rule, want func(rulefmt.Rule) bool) (chosen []rulefmt.Rule) {
	for _, r := range rules {
		if want(r) {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// usesRecord reports whether an expression selects a record, directly or
// through another record.
func usesRecord(t *testing.T, records []rulefmt.Rule, expression, record string) bool {
	t.Helper()
	return slices.ContainsFunc(selectedSeries(t, expression), func(name string) bool {
		return name == record || slices.ContainsFunc(records, func(r rulefmt.Rule) bool {
			return r.Record == name && usesRecord(t, records, r.Expr, record)
		})
	})
}

// mustBeDetected fails the test unless alerts fire differently in some
// scenario. It begins with the scenarios about the changed alerts, the shortest
// one first.
func (m mutant) mustBeDetected(t *testing.T, got func(*scenario) []string, alerts ...rulefmt.Rule) {
	t.Helper()
	var fires, near, others []*scenario
	for _, s := range scenarios {
		s.run(t)
		switch {
		case slices.ContainsFunc(alerts, func(r rulefmt.Rule) bool { return len(s.expectedAlerts(r)) > 0 }):
			fires = append(fires, s)
		case slices.ContainsFunc(alerts, func(r rulefmt.Rule) bool { return slices.Contains(strings.Fields(s.mustNotFire), shortName(r)) }):
			near = append(near, s)
		default:
			others = append(others, s)
		}
	}
	for _, group := range [][]*scenario{fires, near, others} {
		slices.SortStableFunc(group, func(a, b *scenario) int { return len(a.recorded.times) - len(b.recorded.times) })
		for _, s := range group {
			var want []string
			for _, r := range alerts {
				want = append(want, s.expectedAlerts(r)...)
			}
			if len(s.compare(got(s), want)) > 0 {
				return
			}
		}
	}
	t.Errorf("no scenario notices:\n%s for %v", m.rule.Expr, m.rule.For)
}

// expectedAlerts returns what a scenario expects of an alert.
func (s *scenario) expectedAlerts(r rulefmt.Rule) []string {
	return slices.DeleteFunc(slices.Clone(s.fires), func(f string) bool {
		return !strings.HasPrefix(f, shortName(r)+" "+r.Labels["severity"]+" ")
	})
}

// shortName is the name of an alert without the common prefix.
func shortName(r rulefmt.Rule) string { return strings.TrimPrefix(r.Alert, "Chunkscope") }

// mutant is a changed rule.
type mutant struct {
	change string
	rule   rulefmt.Rule
}

// mutate returns rules with one change each. Numbers and durations become half
// as large again, and two thirds as large. A duration that occurs in several
// places is changed everywhere.
func mutate(t *testing.T, r rulefmt.Rule) (mutants []mutant) {
	t.Helper()
	replace := func(what, expr string) {
		if _, err := promParser.ParseExpr(expr); err != nil {
			t.Fatalf("%s: %v\n%s", what, err, expr)
		}
		m := mutant{what, r}
		m.rule.Expr = expr
		mutants = append(mutants, m)
	}
	for _, factor := range []float64{1.5, 1 / 1.5} {
		scale := func(span string) model.Duration {
			d, err := model.ParseDuration(span)
			if err != nil {
				t.Fatal(err)
			}
			return model.Duration(time.Duration(float64(d) * factor).Round(time.Second))
		}
		if r.For > 0 {
			m := mutant{fmt.Sprintf("for %v becomes %v", r.For, scale(r.For.String())), r}
			m.rule.For = scale(r.For.String())
			mutants = append(mutants, m)
		}
		for _, span := range distinct(regexp.MustCompile(`\[\w+\]|offset \w+`).FindAllString(r.Expr, -1)) {
			number := regexp.MustCompile(`\d\w*`).FindString(span)
			changed := strings.Replace(span, number, scale(number).String(), 1)
			replace(span+" becomes "+changed, strings.ReplaceAll(r.Expr, span, changed))
		}
		inspect(t, r.Expr, func(n parser.Node, with func(string) string) {
			if n, ok := n.(*parser.NumberLiteral); ok && n.Val != 0 {
				changed := strconv.FormatFloat(n.Val*factor, 'g', 6, 64)
				replace(n.String()+" becomes "+changed, with(changed))
			}
		})
	}
	inspect(t, r.Expr, func(n parser.Node, with func(string) string) {
		b, ok := n.(*parser.BinaryExpr)
		if !ok {
			return
		}
		left, right := text(r.Expr, b.LHS), text(r.Expr, b.RHS)
		if b.Op.IsSetOperator() {
			replace("without "+b.Op.String()+" "+right, with("("+left+")"))
		}
		if b.Op == parser.LOR {
			replace("without "+left+" or", with("("+right+")"))
		}
		if zero, ok := b.RHS.(*parser.NumberLiteral); ok && zero.Val == 0 {
			replace("without "+b.Op.String()+" 0", with("("+left+")"))
		}
	})
	for _, matcher := range distinct(regexp.MustCompile(`\w+(=~|!=)"[^"]*",?`).FindAllString(r.Expr, -1)) {
		if strings.HasPrefix(matcher, "namespace") || strings.HasPrefix(matcher, "process") {
			continue // TestEveryLabelMatters changes them, in all rules at once
		}
		replace("without "+matcher, strings.ReplaceAll(r.Expr, matcher, ""))
	}
	return mutants
}

func distinct(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// inspect calls f for the parts of an expression. The function passed to f
// returns the expression with another text in place of the part.
func inspect(t *testing.T, expression string, f func(n parser.Node, with func(string) string)) {
	t.Helper()
	expr, err := promParser.ParseExpr(expression)
	if err != nil {
		t.Fatal(err)
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if n != nil {
			at := n.PositionRange()
			f(n, func(s string) string { return expression[:at.Start] + s + expression[at.End:] })
		}
		return nil
	})
}

// text returns the text of a part of an expression.
func text(expression string, n parser.Node) string {
	at := n.PositionRange()
	return strings.Join(strings.Fields(expression[at.Start:at.End]), " ")
}
