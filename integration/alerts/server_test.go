package alerts_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/util/teststorage"
)

var (
	language = parser.NewParser(parser.Options{})
	engine   = promql.NewEngine(promql.EngineOpts{MaxSamples: 10_000_000, Timeout: time.Minute, Parser: language})
	quiet    = slog.New(slog.DiscardHandler)
)

// written returns the rules of rules.yml, as a server reads them: what is
// recorded, and the alerts.
func written(t *testing.T) (records, alerts []rulefmt.Rule) {
	t.Helper()
	text, err := os.ReadFile("rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, language, quiet)
	if errs != nil {
		t.Fatal(errs)
	}
	if len(groups.Groups) != 1 {
		t.Fatalf("%d groups of rules; want one, so that alerts see what was recorded at the same instant", len(groups.Groups))
	}
	for _, r := range groups.Groups[0].Rules {
		switch {
		case r.Alert != "":
			alerts = append(alerts, r)
		case alerts != nil:
			t.Fatalf("%s comes after an alert; want it before, so that all alerts see what was recorded at the same instant", r.Record)
		default:
			records = append(records, r)
		}
	}
	return records, alerts
}

// asked returns the names of the series that an expression asks for.
func asked(t *testing.T, expression string) (names []string) {
	t.Helper()
	expr, err := language.ParseExpr(expression)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			names = append(names, v.Name)
		}
		return nil
	})
	return names
}

// loader gives a rule manager its rules.
type loader []rulefmt.Rule

func (l loader) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return &rulefmt.RuleGroups{Groups: []rulefmt.RuleGroup{{Name: "rules", Rules: l}}}, nil
}

func (loader) Parse(query string) (parser.Expr, error) { return language.ParseExpr(query) }

// database returns a storage with those series of a history that rules ask for.
func database(t *testing.T, h *history, told []rulefmt.Rule) *teststorage.TestStorage {
	t.Helper()
	storage := teststorage.New(t, func(o *tsdb.Options) {
		o.WALSegmentSize = -1 // nobody restarts it
		o.MinBlockDuration = (365 * day).Milliseconds()
		o.MaxBlockDuration = o.MinBlockDuration
	})
	var names []string
	for _, r := range told {
		names = append(names, asked(t, r.Expr)...)
	}
	app := storage.Appender(t.Context())
	for _, c := range h.columns {
		if !slices.Contains(names, c.series.Get("__name__")) {
			continue
		}
		for i, scrape := range c.scrapes {
			if _, err := app.Append(0, c.series, h.times[scrape].UnixMilli(), c.values[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	return storage
}

// evaluate has a rule manager evaluate rules at each scrape of a history, and
// calls each after every time.
func evaluate(t *testing.T, h *history, storage *teststorage.TestStorage, told []rulefmt.Rule, each func(at time.Time, all []rules.Rule)) {
	t.Helper()
	groups, errs := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, storage), Appendable: storage, Queryable: storage,
		Context: t.Context(), GroupLoader: loader(told), Parser: language, Logger: quiet,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	}).LoadGroups(minute, labels.EmptyLabels(), "", nil, false, "rules.yml")
	if errs != nil {
		t.Fatal(errs)
	}
	group := groups[rules.GroupKey("rules.yml", "rules")]
	for _, r := range group.Rules() {
		if r, ok := r.(*rules.AlertingRule); ok {
			r.SetRestored(true) // there is no state from before a restart
		}
	}
	for _, at := range h.times {
		group.Eval(t.Context(), at)
		for _, r := range group.Rules() {
			if err := r.LastError(); err != nil {
				t.Fatalf("%s: %v", r.Name(), err)
			}
		}
		each(at, group.Rules())
	}
}

// record returns a history with the series of recording rules added.
func record(t *testing.T, h *history, told []rulefmt.Rule) *history {
	t.Helper()
	storage := database(t, h, told)
	evaluate(t, h, storage, told, func(time.Time, []rules.Rule) {})
	r := &history{began: h.began, times: h.times, columns: maps.Clone(h.columns)}
	q, err := storage.Querier(math.MinInt64, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	recorded := labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+:.+")
	for set := q.Select(t.Context(), false, nil, recorded); set.Next(); {
		c := &column{series: set.At().Labels()}
		at := map[int64]int{}
		for i, scraped := range h.times {
			at[scraped.UnixMilli()] = i
		}
		for it := set.At().Iterator(nil); it.Next() != chunkenc.ValNone; {
			ms, value := it.At()
			c.scrapes, c.values = append(c.scrapes, at[ms]), append(c.values, value)
		}
		r.columns[c.series.String()] = c
	}
	if err := errors.Join(q.Close(), storage.Close()); err != nil {
		t.Fatal(err)
	}
	return r
}

// fired returns which alerts fire in a history, from when to when: "RunLate
// critical import 2d5m..2d1h". One that fires at the end has no end.
func fired(t *testing.T, h *history, told []rulefmt.Rule) (all []string) {
	t.Helper()
	storage := database(t, h, told)
	told = slices.DeleteFunc(slices.Clone(told), func(r rulefmt.Rule) bool { return empty(t, h, storage, r.Expr) })
	since := map[string]time.Time{}
	evaluate(t, h, storage, told, func(at time.Time, told []rules.Rule) {
		firing := map[string]bool{}
		for _, r := range told {
			note(t, r.(*rules.AlertingRule), firing)
		}
		for what := range firing {
			if since[what].IsZero() {
				since[what] = at
			}
		}
		for what, from := range since {
			if !firing[what] {
				all = append(all, what+" "+h.clock(from)+".."+h.clock(at))
				delete(since, what)
			}
		}
	})
	for what, from := range since {
		all = append(all, what+" "+h.clock(from)+"..")
	}
	slices.Sort(all)
	if err := storage.Close(); err != nil {
		t.Error(err)
	}
	return all
}

// empty tells whether an expression has no result at any scrape. Such an alert
// is never even pending, which is much faster to see than to evaluate.
func empty(t *testing.T, h *history, storage *teststorage.TestStorage, expression string) bool {
	t.Helper()
	for i := 0; i < len(h.times); {
		first, step := i, minute
		for i++; i < len(h.times) && (i == first+1 || h.times[i].Sub(h.times[i-1]) == step); i++ {
			step = h.times[i].Sub(h.times[i-1])
		}
		q, err := engine.NewRangeQuery(t.Context(), storage, nil, expression, h.times[first], h.times[i-1], step)
		if err != nil {
			t.Fatal(err)
		}
		m, err := q.Exec(t.Context()).Matrix()
		if err != nil {
			t.Fatal(err)
		}
		found := len(m) > 0
		q.Close()
		if found {
			return false
		}
	}
	return true
}

// note adds the firing alerts of a rule, and looks at what a reader gets.
func note(t *testing.T, r *rules.AlertingRule, firing map[string]bool) {
	t.Helper()
	for _, a := range r.ActiveAlerts() {
		if a.State != rules.StateFiring {
			continue
		}
		words := []string{strings.TrimPrefix(r.Name(), "Chunkscope"), a.Labels.Get("severity")}
		for _, l := range []string{"executor", "hook", "reason"} {
			if v := a.Labels.Get(l); v != "" {
				words = append(words, v)
			}
		}
		firing[strings.Join(words, " ")] = true
		a.Annotations.Range(func(l labels.Label) {
			for _, bad := range []string{"error", "no value", "NaN", "Inf"} {
				if strings.Contains(l.Value, "<"+bad) || strings.Contains(l.Value, " "+bad) {
					t.Errorf("%s: %s: %s", r.Name(), l.Name, l.Value)
				}
			}
		})
	}
}

// clock says when a scrape was: the minutes since the beginning, and the hours
// and days if there are any.
func (h *history) clock(at time.Time) string {
	d := at.Sub(h.began).Round(minute)
	days := d / day
	if days == 0 {
		return strings.TrimSuffix(d.String(), "0s")
	}
	return fmt.Sprintf("%dd%s", days, strings.TrimSuffix((d-days*day).String(), "0s"))
}
