package alerts_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
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
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/teststorage"
)

var (
	promParser    = parser.NewParser(parser.Options{})
	engine        = promql.NewEngine(promql.EngineOpts{MaxSamples: 10_000_000, Timeout: time.Minute, Parser: promParser})
	discardLogger = slog.New(slog.DiscardHandler)
)

// readRules returns the rules of rules.yml as a server reads them: recording
// rules and alerts.
func readRules(t *testing.T) (records, alerts []rulefmt.Rule) {
	t.Helper()
	text, err := os.ReadFile("rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	groups, errs := rulefmt.Parse(text, false, model.UTF8Validation, promParser, discardLogger)
	if errs != nil {
		t.Fatal(errs)
	}
	if len(groups.Groups) != 1 {
		t.Fatalf("%d groups of rules; want one, so that alerts see the records of the same instant", len(groups.Groups))
	}
	for _, r := range groups.Groups[0].Rules {
		switch {
		case r.Alert != "":
			alerts = append(alerts, r)
		case alerts != nil:
			t.Fatalf("%s comes after an alert; want it before, so that all alerts see the records of the same instant", r.Record)
		default:
			records = append(records, r)
		}
	}
	return records, alerts
}

// selectedSeries returns the names of the series that an expression selects.
func selectedSeries(t *testing.T, expression string) (names []string) {
	t.Helper()
	expr, err := promParser.ParseExpr(expression)
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

// ruleLoader passes rules to a rule manager.
type ruleLoader []rulefmt.Rule

func (l ruleLoader) Load(string, bool, model.ValidationScheme) (*rulefmt.RuleGroups, []error) {
	return &rulefmt.RuleGroups{Groups: []rulefmt.RuleGroup{{Name: "rules", Rules: l}}}, nil
}

func (ruleLoader) Parse(query string) (parser.Expr, error) { return promParser.ParseExpr(query) }

// database returns a storage with the series of a history that the rules
// select.
func database(t *testing.T, h *history, loaded []rulefmt.Rule) *teststorage.TestStorage {
	t.Helper()
	storage := teststorage.New(t, func(o *tsdb.Options) {
		o.WALSegmentSize = -1 // it is never restarted
		o.StripeSize = 64     // it is small
		o.HeadChunksWriteBufferSize = chunks.MinWriteBufferSize
		o.EnableExemplarStorage = false
		o.MinBlockDuration = (365 * day).Milliseconds()
		o.MaxBlockDuration = o.MinBlockDuration
	})
	var names []string
	for _, r := range loaded {
		names = append(names, selectedSeries(t, r.Expr)...)
	}
	app := storage.Appender(t.Context())
	for _, c := range h.series {
		if !slices.Contains(names, c.labels.Get("__name__")) {
			continue
		}
		for i, scrape := range c.scrapes {
			if _, err := app.Append(0, c.labels, h.times[scrape].UnixMilli(), c.values[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
	return storage
}

// evaluate evaluates rules with a rule manager at each scrape of a history, and
// calls each after every evaluation. It returns the error of a rule that fails.
func evaluate(t *testing.T, h *history, storage *teststorage.TestStorage, loaded []rulefmt.Rule, each func(at time.Time, all []rules.Rule)) error {
	t.Helper()
	groups, errs := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(engine, storage), Appendable: storage, Queryable: storage,
		Context: t.Context(), GroupLoader: ruleLoader(loaded), Parser: promParser, Logger: discardLogger,
		NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
	}).LoadGroups(minute, labels.EmptyLabels(), "", nil, false, "rules.yml")
	if errs != nil {
		t.Fatal(errs)
	}
	group := groups[rules.GroupKey("rules.yml", "rules")]
	for _, r := range group.Rules() {
		if r, ok := r.(*rules.AlertingRule); ok {
			r.SetRestored(true) // no state from before a restart exists
		}
	}
	for _, at := range h.times {
		group.Eval(t.Context(), at)
		for _, r := range group.Rules() {
			if err := r.LastError(); err != nil {
				return fmt.Errorf("%s: %w", r.Name(), err)
			}
		}
		each(at, group.Rules())
	}
	return nil
}

// firingAlerts returns the alerts that fire in a history, with start and end,
// in the order of their starts: "RunLate critical import namespace=etl 2d5m..2d1h".
// An alert that still fires at the end has no end.
func firingAlerts(t *testing.T, h *history, loaded []rulefmt.Rule) (all []string) {
	t.Helper()
	type span struct {
		from time.Time
		text string
	}
	var spans []span
	storage := database(t, h, loaded)
	loaded = slices.DeleteFunc(slices.Clone(loaded), func(r rulefmt.Rule) bool { return alwaysEmpty(t, h, storage, r.Expr) })
	since := map[string]time.Time{}
	err := evaluate(t, h, storage, loaded, func(at time.Time, loaded []rules.Rule) {
		firing := map[string]bool{}
		for _, r := range loaded {
			addFiring(r.(*rules.AlertingRule), firing)
		}
		for alert := range firing {
			if since[alert].IsZero() {
				since[alert] = at
			}
		}
		for alert, start := range since {
			if !firing[alert] {
				spans = append(spans, span{start, alert + " " + h.elapsed(start) + ".." + h.elapsed(at)})
				delete(since, alert)
			}
		}
	})
	if err != nil {
		all = append(all, err.Error())
	}
	for alert, start := range since {
		spans = append(spans, span{start, alert + " " + h.elapsed(start) + ".."})
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.text, b.text)) })
	for _, s := range spans {
		all = append(all, s.text)
	}
	if err := storage.Close(); err != nil {
		t.Error(err)
	}
	return all
}

// alwaysEmpty reports whether an expression has no result at any scrape. Such
// an alert is never pending, and this check is much faster than an evaluation.
func alwaysEmpty(t *testing.T, h *history, storage *teststorage.TestStorage, expression string) bool {
	t.Helper()
	for first, last := range evenSteps(h.times) {
		m, closeQuery, err := queryRange(t, storage, expression, h.times[first:last+1])
		found := err != nil || len(m) > 0
		closeQuery()
		if found {
			return false
		}
	}
	return true
}

// addFiring adds the firing alerts of a rule. It includes the text of an alert
// that readers could not understand.
func addFiring(r *rules.AlertingRule, firing map[string]bool) {
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
		for _, l := range []string{"cluster", "namespace", "instance", "pod", "process"} {
			if v := a.Labels.Get(l); v != "" {
				words = append(words, l+"="+v)
			}
		}
		a.Annotations.Range(func(l labels.Label) {
			if regexp.MustCompile(`<error|NaN|Inf`).MatchString(l.Value) {
				words = append(words, l.Value)
			}
		})
		for _, m := range regexp.MustCompile(`\$labels\.(\w+)`).FindAllStringSubmatch(r.Annotations().String(), -1) {
			if !a.Labels.Has(m[1]) {
				words = append(words, "without a label "+m[1])
			}
		}
		firing[strings.Join(words, " ")] = true
	}
}

// elapsed formats the time from the start to a scrape: "2d1h5m".
func (h *history) elapsed(at time.Time) string {
	text, minutes := "", int(at.Sub(h.start).Round(minute)/minute)
	if days := minutes / (24 * 60); days > 0 {
		text += fmt.Sprintf("%dd", days)
	}
	if hours := minutes / 60 % 24; hours > 0 {
		text += fmt.Sprintf("%dh", hours)
	}
	if minutes%60 > 0 || text == "" {
		text += fmt.Sprintf("%dm", minutes%60)
	}
	return text
}
