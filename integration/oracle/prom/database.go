package prom

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/util/teststorage"
)

// Database is the storage and the query engine of a Prometheus server.
type Database struct {
	storage *teststorage.TestStorage
	engine  *promql.Engine
}

// NewDatabase returns an empty database. It ends with the test.
func NewDatabase(t *testing.T) *Database {
	t.Helper()
	d := &Database{
		storage: teststorage.New(t),
		engine:  promql.NewEngine(promql.EngineOpts{MaxSamples: 1_000_000, Timeout: time.Minute, Parser: parser.NewParser(parser.Options{})}),
	}
	t.Cleanup(func() {
		if err := d.engine.Close(); err != nil {
			t.Error(err)
		}
		if err := d.storage.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// Append stores a scrape of the job's only target at an instant.
func (d *Database) Append(t *testing.T, s *Scrape, job string, at time.Time) {
	t.Helper()
	d.AppendTarget(t, s, at, "job", job, "instance", "localhost:9090")
}

// AppendTarget stores a scrape of a target at an instant. The labels of the target
// are names and values in turn.
func (d *Database) AppendTarget(t *testing.T, s *Scrape, at time.Time, target ...string) {
	t.Helper()
	app := d.storage.Appender(t.Context())
	labelled := func(series labels.Labels) labels.Labels {
		b := labels.NewBuilder(series)
		for i := 0; i < len(target); i += 2 {
			b.Set(target[i], target[i+1])
		}
		return b.Labels()
	}
	for _, series := range s.Series {
		if _, err := app.Append(0, labelled(series), at.UnixMilli(), s.Samples[series.String()]); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range s.natives {
		if _, err := app.AppendHistogram(0, labelled(n.series), at.UnixMilli(), n.histogram, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// Query evaluates an expression at an instant.
func (d *Database) Query(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
	q, err := d.engine.NewInstantQuery(ctx, d.storage, nil, expr, at)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	return q.Exec(ctx).Vector()
}

// QueryRange evaluates an expression at each step from one instant to another.
func (d *Database) QueryRange(ctx context.Context, expr string, from, to time.Time, step time.Duration) (promql.Matrix, error) {
	q, err := d.engine.NewRangeQuery(ctx, d.storage, nil, expr, from, to, step)
	if err != nil {
		return nil, err
	}
	return q.Exec(ctx).Matrix() // not closed, because that would reuse the points for the next query
}

// LabelValues returns the sorted values that a label of the selected series has
// in a time range.
func (d *Database) LabelValues(ctx context.Context, label, selector string, from, to time.Time) ([]string, error) {
	matchers, err := parser.NewParser(parser.Options{}).ParseMetricSelector(selector)
	if err != nil {
		return nil, err
	}
	q, err := d.storage.Querier(from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, err
	}
	values, _, err := q.LabelValues(ctx, label, nil, matchers...)
	return values, errors.Join(err, q.Close())
}
