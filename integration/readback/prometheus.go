package readback

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/chunkscope/chunkscope/integration/oracle/prom"
)

// scrape reads a page of metrics with the parsers of Prometheus.
func scrape(t *testing.T, client *http.Client, url string) *prom.Scrape {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	check(t, err)
	r.Header.Set("Accept", "application/openmetrics-text; version=1.0.0")
	answer, err := client.Do(r)
	check(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	check(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", answer.Status, body)
	}
	return prom.Read(t, body, answer.Header.Get("Content-Type"))
}

// scrapeFacts reads the facts in a scrape.
func scrapeFacts(s *prom.Scrape) Facts {
	f := Facts{}
	for _, series := range s.Series {
		f.addSeries(series, s.Samples[series.String()])
	}
	return f
}

// addSeries adds the facts of a series with the names of promhook.
func (f Facts) addSeries(series labels.Labels, v float64) {
	name, ours := strings.CutPrefix(series.Get("__name__"), "chunkscope_")
	outcome, failed := series.Get("outcome"), 0.
	if outcome == "error" || outcome == "panic" {
		failed = v
	}
	switch {
	case !ours || series.Get("executor") == "": // series of the process, or of a hook
	case series.Get("executor") != Executor:
		f.add("of another executor", v)
	case name == "runs_total":
		f.add("runs/"+outcome, v)
		f.add("total.runs", v)
	case name == "chunks_total":
		f.add("chunks/"+outcome, v)
		f.add("total.chunks", v)
		f.add("total.chunks_failed", failed)
	case name == "items_total":
		f.add("items/"+outcome, v)
		f.add("total.items", v)
		f.add("total.items_failed", failed)
	case name == "errors_total":
		f.add("failures/"+series.Get("type"), v)
	case name == "chunk_size_items_sum":
		f.add("sizes", v)
	case name == "run_duration_seconds_sum":
		f.add("seconds.runs", v)
	case name == "chunk_duration_seconds_sum":
		f.add("seconds.chunks", v)
	case name == "worker_busy_seconds_sum":
		f.add("seconds.workers", v)
	case name == "read_bytes_total", name == "read_total": // the statsd_exporter knows no unit
		f.add("counter/read", v)
	case name == "runs_active":
		f.add("active.runs", v)
	case name == "items_expected":
		f.add("active.items", v)
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
