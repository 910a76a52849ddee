package alerts_test

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/util/teststorage"
)

// withRecords returns a history with the series that recording rules produce
// from it. They replace earlier ones. It evaluates each rule for the whole history
// before the next one, which is the same as all rules at each scrape, but faster.
func withRecords(t *testing.T, h *history, loaded []rulefmt.Rule) (*history, error) {
	t.Helper()
	r := &history{start: h.start, times: h.times, series: maps.Clone(h.series)}
	maps.DeleteFunc(r.series, func(_ string, c *sampledSeries) bool {
		return slices.ContainsFunc(loaded, func(r rulefmt.Rule) bool { return r.Record == c.labels.Get("__name__") })
	})
	storage := database(t, r, loaded)
	for _, rule := range loaded {
		recorded, err := recordedSeries(t, h.times, storage, rule)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", rule.Record, err), storage.Close())
		}
		app := storage.Appender(t.Context())
		for name, c := range recorded {
			r.series[name] = c
			for i, scrape := range c.scrapes {
				if _, err := app.Append(0, c.labels, h.times[scrape].UnixMilli(), c.values[i]); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	return r, storage.Close()
}

// recordedSeries returns what a rule records at all times. Like a server, it marks
// series as stale that have disappeared.
func recordedSeries(t *testing.T, times []time.Time, storage *teststorage.TestStorage, rule rulefmt.Rule) (map[string]*sampledSeries, error) {
	t.Helper()
	index := map[int64]int{}
	for i, at := range times {
		index[at.UnixMilli()] = i
	}
	all := map[string]*sampledSeries{}
	for first, last := range evenSteps(times) {
		m, closeQuery, err := queryRange(t, storage, rule.Expr, times[first:last+1])
		if err != nil {
			return nil, err
		}
		for _, s := range m {
			name := labels.NewBuilder(s.Metric).Set("__name__", rule.Record).Labels()
			c := all[name.String()]
			if c == nil {
				c = &sampledSeries{labels: name}
				all[name.String()] = c
			}
			for _, point := range s.Floats {
				c.addRecorded(index[point.T], point.F)
			}
		}
		closeQuery()
	}
	for _, c := range all {
		c.addRecorded(len(times), stale) // a stale mark after the last sample
		c.scrapes, c.values = c.scrapes[:len(c.scrapes)-1], c.values[:len(c.values)-1]
	}
	return all, nil
}

// addRecorded adds a sample, and a stale mark if there was none in between.
func (c *sampledSeries) addRecorded(at int, value float64) {
	if last := len(c.scrapes) - 1; last >= 0 && c.scrapes[last]+1 < at {
		c.scrapes, c.values = append(c.scrapes, c.scrapes[last]+1), append(c.values, stale)
	}
	c.scrapes, c.values = append(c.scrapes, at), append(c.values, value)
}

// evenSteps returns the indexes of the first and the last of times that are equally
// far apart.
func evenSteps(times []time.Time) iter.Seq2[int, int] {
	return func(yield func(first, last int) bool) {
		for i := 0; i < len(times); {
			first, step := i, minute
			for i++; i < len(times) && (i == first+1 || times[i].Sub(times[i-1]) == step); i++ {
				step = times[i].Sub(times[i-1])
			}
			if !yield(first, i-1) {
				return
			}
		}
	}
}

// queryRange evaluates an expression at times that are equally far apart. The
// result is valid until the returned function is called.
func queryRange(t *testing.T, storage *teststorage.TestStorage, expression string, times []time.Time) (promql.Matrix, func(), error) {
	t.Helper()
	step := minute
	if len(times) > 1 {
		step = times[1].Sub(times[0])
	}
	q, err := engine.NewRangeQuery(t.Context(), storage, nil, expression, times[0], times[len(times)-1], step)
	if err != nil {
		t.Fatal(err)
	}
	m, err := q.Exec(t.Context()).Matrix()
	return m, q.Close, err
}
