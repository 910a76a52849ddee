package main

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"time"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// prometheus is a client of the HTTP API of Prometheus.
type prometheus struct{ url string }

// query returns the values of an instant query, summed by one label.
func (p prometheus) query(ctx context.Context, query, label string) (map[string]float64, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any // time, value as text
			}
		}
	}
	if err := get(ctx, p.url+"/api/v1/query?"+url.Values{"query": {query}}.Encode(), &answer); err != nil {
		return nil, err
	}
	values := map[string]float64{}
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("prometheus: %q: %w", query, err)
		}
		values[r.Metric[label]] += v
	}
	return values, nil
}

// A metricPath is a path by which the counts of the job reach Prometheus.
type metricPath struct {
	name                         string
	runs, chunks, items, outcome string // names of the metrics, and of their label for the outcome
}

var metricPaths = []metricPath{
	{"Prometheus", "chunkscope_runs_total", "chunkscope_chunks_total", "chunkscope_items_total", "outcome"},
	{"StatsD", "statsd_chunkscope_runs_total", "statsd_chunkscope_chunks_total", "statsd_chunkscope_items_total", "outcome"},
	{
		"OpenTelemetry metrics", "otel_chunkscope_run_duration_seconds_count", "otel_chunkscope_chunk_duration_seconds_count",
		"otel_chunkscope_items_total", "chunkscope_outcome",
	},
}

// counts returns the counts that arrived by a path, by outcome.
func (p prometheus) counts(ctx context.Context, w metricPath) (map[string]ledger.Count, error) {
	counts := map[string]ledger.Count{}
	for metric, count := range map[string]func(int) ledger.Count{
		w.runs:   func(n int) ledger.Count { return ledger.Count{Runs: n} },
		w.chunks: func(n int) ledger.Count { return ledger.Count{Chunks: n} },
		w.items:  func(n int) ledger.Count { return ledger.Count{Items: n} },
	} {
		values, err := p.query(ctx, metric, w.outcome)
		if err != nil {
			return nil, err
		}
		for outcome, v := range values {
			counts[outcome] = counts[outcome].Plus(count(int(v)))
		}
	}
	// The metrics export outcomes with the value 0, which the ledger does not
	// have.
	maps.DeleteFunc(counts, func(_ string, c ledger.Count) bool { return c == ledger.Count{} })
	return counts, nil
}

// compareCounts returns an error unless the counts that arrived by a path are
// those of the ledger.
func (p prometheus) compareCounts(ctx context.Context, w metricPath, want map[string]ledger.Count) error {
	got, err := p.counts(ctx, w)
	if err != nil {
		return err
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s has %v, the ledger %v", w.name, got, want)
	}
	return nil
}

// checkAlert returns an error unless an alert fires, or does not, as wanted.
func (p prometheus) checkAlert(ctx context.Context, alert string, want bool) error {
	values, err := p.query(ctx, fmt.Sprintf(`ALERTS{alertname=%q, alertstate="firing", job="compress"}`, alert), "alertname")
	if err != nil {
		return err
	}
	if _, got := values[alert]; got != want {
		return fmt.Errorf("prometheus: %s fires: %t", alert, got)
	}
	return nil
}

// exemplar returns the id of a trace from an exemplar of a chunk duration.
func (p prometheus) exemplar(ctx context.Context) (string, error) {
	var answer struct {
		Data []struct {
			Exemplars []struct{ Labels map[string]string }
		}
	}
	now := time.Now()
	if err := get(ctx, p.url+"/api/v1/query_exemplars?"+url.Values{
		"query": {"chunkscope_chunk_duration_seconds_bucket"},
		"start": {fmt.Sprint(now.Add(-time.Hour).Unix())}, "end": {fmt.Sprint(now.Unix() + 1)},
	}.Encode(), &answer); err != nil {
		return "", err
	}
	for _, series := range answer.Data {
		for _, e := range series.Exemplars {
			if id := e.Labels["trace_id"]; id != "" {
				return id, nil
			}
		}
	}
	return "", fmt.Errorf("prometheus: none of %d series has an exemplar with a trace", len(answer.Data))
}
