package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/integration/ledger"
)

// serve answers each path of a map with its text, and others with 404. A key
// may have a query after "?", which the request must contain.
func serve(t *testing.T, answers map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for key, answer := range answers {
			path, query, _ := strings.Cut(key, "?")
			if r.URL.Path == path && strings.Contains(r.URL.Query().Encode(), query) {
				fmt.Fprint(w, answer)
				return
			}
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	t.Cleanup(client.CloseIdleConnections)
	return server.URL
}

// vector is the answer of Prometheus to a query: series with one outcome each.
func vector(series ...string) string {
	var out []string
	for i := 0; i < len(series); i += 2 {
		out = append(out, fmt.Sprintf(`{"metric":{"outcome":%q},"value":[1,%q]}`, series[i], series[i+1]))
	}
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(out, ",") + `]}}`
}

func TestPrometheusAgreesOnlyWithTheSameCounts(t *testing.T) {
	p := prometheus{serve(t, map[string]string{
		"/api/v1/query?chunkscope_runs_total":   vector("ok", "2", "error", "1", "panic", "0"),
		"/api/v1/query?chunkscope_chunks_total": vector("ok", "20", "error", "3"),
		"/api/v1/query?chunkscope_items_total":  vector("ok", "300", "error", "4"),
	})}
	truth := func() map[string]ledger.Count {
		return map[string]ledger.Count{"ok": {Runs: 2, Chunks: 20, Items: 300}, "error": {Runs: 1, Chunks: 3, Items: 4}}
	}
	if err := p.compareCounts(t.Context(), metricPaths[0], truth()); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(map[string]ledger.Count){
		"a run more":       func(m map[string]ledger.Count) { m["ok"] = m["ok"].Plus(ledger.Count{Runs: 1}) },
		"a chunk more":     func(m map[string]ledger.Count) { m["ok"] = m["ok"].Plus(ledger.Count{Chunks: 1}) },
		"an item less":     func(m map[string]ledger.Count) { m["error"] = m["error"].Plus(ledger.Count{Items: -1}) },
		"an outcome more":  func(m map[string]ledger.Count) { m["canceled"] = ledger.Count{Runs: 1} },
		"an outcome fewer": func(m map[string]ledger.Count) { delete(m, "error") },
	} {
		want := truth()
		change(want)
		if err := p.compareCounts(t.Context(), metricPaths[0], want); err == nil {
			t.Errorf("%s in the ledger: agrees", name)
		}
	}
}

func TestPrometheusSaysWhichAlertsFire(t *testing.T) {
	fires := prometheus{serve(t, map[string]string{"/api/v1/query": `{"data":{"result":[{"metric":{"alertname":"A"},"value":[1,"1"]}]}}`})}
	silent := prometheus{serve(t, map[string]string{"/api/v1/query": vector()})}
	for _, on := range []bool{true, false} {
		if err := fires.checkAlert(t.Context(), "A", on); (err == nil) != on {
			t.Errorf("fires, wanted %t: %v", on, err)
		}
		if err := silent.checkAlert(t.Context(), "A", on); (err == nil) == on {
			t.Errorf("silent, wanted %t: %v", on, err)
		}
	}
}

// traces is the answer of Jaeger: the span of a run, its chunks, and a span of
// another run.
const traces = `{"data":[{"spans":[
 {"operationName":"run compress","tags":[{"key":"chunkscope.run.id","value":"r1"},{"key":"chunkscope.outcome","value":"ok"},
  {"key":"chunkscope.run.items_done","value":7},{"key":"chunkscope.run.items_failed","value":0},
  {"key":"chunkscope.chunk.spans_dropped","value":5}]},
 {"operationName":"chunk compress","tags":[{"key":"chunkscope.run.id","value":"r1"}]},
 {"operationName":"chunk compress","tags":[{"key":"chunkscope.run.id","value":"r1"}]},
 {"operationName":"chunk compress","tags":[{"key":"chunkscope.run.id","value":"r2"}]}]}]}`

func TestJaegerAgreesOnlyWithTheSameRun(t *testing.T) {
	j := jaeger{serve(t, map[string]string{"/api/traces?service=compress": traces})}
	truth := ledger.Entry{ID: "r1", Outcome: "ok", Items: 7, Chunks: 7}
	if err := j.compareRun(t.Context(), truth); err != nil {
		t.Error(err)
	}
	for name, wrong := range map[string]ledger.Entry{
		"id":      {ID: "r3", Outcome: "ok", Items: 7, Chunks: 7},
		"outcome": {ID: "r1", Outcome: "error", Items: 7, Chunks: 7},
		"items":   {ID: "r1", Outcome: "ok", Items: 8, Chunks: 7},
		"failed":  {ID: "r1", Outcome: "ok", Items: 7, Failed: 1, Chunks: 7},
		"chunks":  {ID: "r1", Outcome: "ok", Items: 7, Chunks: 2},
	} {
		if err := j.compareRun(t.Context(), wrong); err == nil {
			t.Errorf("another %s: agrees", name)
		}
	}
}

func TestAnExemplarLinksToATraceOfTheJob(t *testing.T) {
	const exemplars = `{"data":[{"exemplars":[]},{"exemplars":[{"labels":{}},{"labels":{"trace_id":"abc"}}]}]}`
	id, err := prometheus{serve(t, map[string]string{"/api/v1/query_exemplars": exemplars})}.exemplar(t.Context())
	if err != nil || id != "abc" {
		t.Errorf("got %q, %v", id, err)
	}
	if _, err := (prometheus{serve(t, map[string]string{"/api/v1/query_exemplars": `{"data":[]}`})}).exemplar(t.Context()); err == nil {
		t.Error("no exemplars: no error")
	}
	j := jaeger{serve(t, map[string]string{"/api/traces/abc": traces, "/api/traces/def": `{"data":[]}`})}
	if err := j.checkTrace(t.Context(), "abc"); err != nil {
		t.Error(err)
	}
	for _, other := range []string{"def", "ghi"} {
		if err := j.checkTrace(t.Context(), other); err == nil {
			t.Errorf("trace %s: no error", other)
		}
	}
}

func TestCheckMessageComparesSenderAndTime(t *testing.T) {
	r := receiver{serve(t, map[string]string{"/messages": `[{"at":"2000-01-01T00:00:10Z","from":"job","text":"compress failed after 5s"}]`})}
	at := time.Date(2000, 1, 1, 0, 0, 10, 0, time.UTC)
	if err := r.checkMessage(t.Context(), "job", "failed", at); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"sender": r.checkMessage(t.Context(), "alerts", "failed", at),
		"word":   r.checkMessage(t.Context(), "job", "recovered", at),
		"time":   r.checkMessage(t.Context(), "job", "failed", at.Add(time.Second)),
	} {
		if err == nil {
			t.Errorf("another %s: arrived", name)
		}
	}
}

func TestAlertmanagerHasTheJobsAlertOnly(t *testing.T) {
	a := alertmanager{serve(t, map[string]string{"/api/v2/alerts": `[{"labels":{"alertname":"A","job":"compress"}},{"labels":{"alertname":"B","job":"other"}}]`})}
	for alert, has := range map[string]bool{"A": true, "B": false, "C": false} {
		if err := a.checkAlert(t.Context(), alert, has); err != nil {
			t.Error(err)
		}
		if err := a.checkAlert(t.Context(), alert, !has); err == nil {
			t.Errorf("%s: no error about what is not so", alert)
		}
	}
}

// metrics is what the job serves about the health of two hooks.
const metrics = `# TYPE chunkscope_hook_delivered_total counter
chunkscope_hook_delivered_total{hook="statsdhook"} 10
chunkscope_hook_delivered_total{hook="webhookhook"} 1
# TYPE chunkscope_hook_dropped_total counter
chunkscope_hook_dropped_total{hook="statsdhook",reason="send_error"} 3
chunkscope_hook_dropped_total{hook="statsdhook",reason="resolve_error"} 2
# TYPE chunkscope_hook_errors_total counter
chunkscope_hook_errors_total{hook="statsdhook"} 4
# TYPE chunkscope_hook_pending gauge
chunkscope_hook_pending{hook="statsdhook"} 6
`

func TestHealthOfAHook(t *testing.T) {
	j := job{metrics: serve(t, map[string]string{"/metrics": metrics, "/empty": "up 1\n"}) + "/metrics"}
	got, err := j.health(t.Context(), "statsdhook")
	if want := (health{delivered: 10, dropped: 5, errors: 4, pending: 6}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	lost := got.since(health{delivered: 4, dropped: 1, errors: 1, pending: 9})
	if want := (health{6, 4, 3, 6}); lost != want || lost.produced() != 16 {
		t.Errorf("since before: %+v, want %+v", lost, want)
	}
	j.metrics = strings.TrimSuffix(j.metrics, "metrics") + "empty"
	if _, err := j.health(t.Context(), "statsdhook"); err == nil {
		t.Error("a page without hooks: no error")
	}
}

func TestARunIsFollowedToItsEnd(t *testing.T) {
	answers := []string{
		`{"active":false,"now":{},"runs":[]}`,
		`{"active":true,"now":{"id":"r1","items":0},"runs":[]}`,
		`{"active":true,"now":{"id":"r1","items":3},"runs":[]}`,
		`{"active":true,"now":{"id":"r1","items":5},"runs":[{"id":"r0"}]}`,
		`{"active":false,"now":{},"runs":[{"id":"r0"},{"id":"r1","outcome":"ok","items":9}]}`,
	}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			asked = append(asked, r.URL.String())
			w.WriteHeader(http.StatusAccepted)
			return
		}
		fmt.Fprint(w, answers[0])
		answers = answers[1:]
	}))
	defer server.Close()
	defer client.CloseIdleConnections()
	got, err := job{url: server.URL}.run(t.Context(), true)
	if err != nil || got.ID != "r1" || got.Items != 9 {
		t.Errorf("got %+v, %v", got, err)
	}
	if len(asked) != 1 || asked[0] != "/run?broken=true" || len(answers) != 0 {
		t.Errorf("asked for %v; %d answers left", asked, len(answers))
	}
}

func TestRetryReturnsTheLastError(t *testing.T) {
	first := errors.New("nothing there")
	if _, err := retry(t.Context(), time.Nanosecond, func(context.Context) error { return first }); !errors.Is(err, first) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := retry(ctx, time.Hour, func(context.Context) error { return first }); !errors.Is(err, first) {
		t.Errorf("canceled: error %v", err)
	}
}

func TestAnAnswerThatIsNoSuccessIsAnError(t *testing.T) {
	url := serve(t, map[string]string{"/text": "no JSON"})
	for _, path := range []string{"/missing", "/text"} {
		if err := get(t.Context(), url+path, &struct{}{}); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
