package prom

import (
	"context"
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

// NewDatabase returns an empty database, which ends with the test.
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

// Append stores a scrape of the job at an instant.
func (d *Database) Append(t *testing.T, s *Scrape, job string, at time.Time) {
	t.Helper()
	app := d.storage.Appender(t.Context())
	for _, series := range s.Series {
		labelled := labels.NewBuilder(series).Set("job", job).Set("instance", "localhost:9090").Labels()
		if _, err := app.Append(0, labelled, at.UnixMilli(), s.Samples[series.String()]); err != nil {
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
