package uihook_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/uihook"
)

func newHook(tb testing.TB, opts ...uihook.Option) *uihook.Hook {
	tb.Helper()
	h, err := uihook.New(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// response is an answer of the hook. Its text is not compressed.
type response struct {
	StatusCode    int
	Header        http.Header
	ContentLength int // as it was sent
	text          string
}

// get asks the hook for a path, with headers as pairs.
func get(tb testing.TB, h http.Handler, path string, headers ...string) response {
	tb.Helper()
	return ask(tb, h, http.MethodGet, path, headers...)
}

func ask(tb testing.TB, h http.Handler, method, path string, headers ...string) response {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	length, _ := strconv.Atoi(w.Header().Get("Content-Length"))
	got := response{w.Code, w.Header(), length, w.Body.String()}
	if got.Header.Get("Content-Encoding") != "gzip" || got.text == "" {
		return got
	}
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		tb.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	got.text = string(all)
	return got
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
	Attrs         []struct{ Key, Value string }
	Error         string
	Workers       int
	ChunksActive  int `json:"chunks_active"`
	ChunksWaiting int `json:"chunks_waiting"`
	Series        struct {
		BinSeconds   float64 `json:"bin_seconds"`
		Done, Failed []float64
	}
	Lanes []struct {
		Worker       int
		Shared       bool
		Chunks       int
		ItemsDone    int `json:"items_done"`
		ItemsFailed  int `json:"items_failed"`
		Busy         float64
		RemoteWorker string `json:"remote_worker"`
		Now          *struct {
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

func decode[T any](tb testing.TB, text string) T {
	tb.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		tb.Fatalf("%v in %.200s", err, text)
	}
	return v
}

func readSnapshot(tb testing.TB, h http.Handler) snapshot {
	tb.Helper()
	return decode[snapshot](tb, get(tb, h, "/api/v1/snapshot").text)
}

// startRun sends the start of a run to the hook and returns its context.
func startRun(h *uihook.Hook, id string, items, workers int) (context.Context, core.RunStart) {
	start := core.RunStart{Executor: "import", RunID: id, Items: items, Workers: workers, Started: time.Now()}
	return h.OnRunStart(context.Background(), start), start
}

// wantPart fails the test unless the text contains every part.
func wantPart(tb testing.TB, text string, parts ...string) {
	tb.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			tb.Errorf("no %q in:\n%.6000s", part, text)
		}
	}
}
