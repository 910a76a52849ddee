package uihook_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func newHook(t testing.TB, opts ...uihook.Option) *uihook.Hook {
	t.Helper()
	h, err := uihook.New(opts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks the hook for a path, with headers as pairs.
func get(t testing.TB, h http.Handler, path string, headers ...string) *http.Response {
	t.Helper()
	return ask(t, h, http.MethodGet, path, headers...)
}

func ask(t testing.TB, h http.Handler, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t testing.TB, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	var from io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		from = z
	}
	all, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// snapshot is the part of the JSON that tests read.
type snapshot struct {
	At        time.Time
	Run       *run
	Runs      []summary
	Attention []struct{ Severity, Alert, Text string }
	Exporters []struct {
		Hook                                 string
		Produced, Delivered, Pending, Errors uint64
		Dropped                              map[string]uint64
		Faults                               int
	}
	RunsNotShown int `json:"runs_not_shown"`
}

type summary struct {
	Number                    int
	ID, Executor, State       string
	Elapsed, Throughput, Busy float64
	Items                     int
	ItemsDone                 int `json:"items_done"`
	ItemsFailed               int `json:"items_failed"`
	Chunks                    int
	ChunksFailed              int `json:"chunks_failed"`
	P50, P90, P99, Max        float64
}

type run struct {
	summary
	Attrs        []struct{ Key, Value string }
	Error        string
	Workers      int
	ChunksActive int `json:"chunks_active"`
	Series       struct {
		BinSeconds   float64 `json:"bin_seconds"`
		Done, Failed []float64
	}
	Lanes []struct {
		Worker      int
		Shared      bool
		Chunks      int
		ItemsDone   int `json:"items_done"`
		ItemsFailed int `json:"items_failed"`
		Busy        float64
		Now         *struct {
			Chunk, Offset, Items int
			Elapsed              float64
			Slow                 bool
		}
		Timeline string
	}
	Histogram []struct {
		From, To float64
		Chunks   int
	}
	Slowest []struct {
		Chunk, Worker, Items int
		Duration             float64
		Outcome              string
		RemoteWorker         string `json:"remote_worker"`
	}
	Failures []struct {
		Kind, Text string
		Items      int
		Examples   []struct{ Index, Items int }
	}
}

func decode[T any](t testing.TB, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %.200s", err, text)
	}
	return v
}

func readSnapshot(t testing.TB, h http.Handler) snapshot {
	t.Helper()
	return decode[snapshot](t, body(t, get(t, h, "/api/v1/snapshot")))
}

// startRun sends the start of a run to the hook and returns its context.
func startRun(h *uihook.Hook, name, id string, items, workers int) (context.Context, core.RunStart) {
	start := core.RunStart{Executor: name, RunID: id, Items: items, Workers: workers, Started: time.Now()}
	return h.OnRunStart(context.Background(), start), start
}

// wantPart fails the test unless the text contains every part.
func wantPart(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%.6000s", part, text)
		}
	}
}
