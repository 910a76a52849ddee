package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/integration/ledger"
)

// library is an input of three files that parse and one that does not.
func library() fstest.MapFS {
	return fstest.MapFS{
		"a/a.go":          {Data: []byte("package a\n")},
		"a/a.txt":         {Data: []byte("no Go")},
		"b/b.go":          {Data: []byte("package b\nfunc f() {}\n")},
		"b/testdata/c.go": {Data: []byte("package ")},
		"b/testdata/d.go": {Data: []byte("package d\n")},
	}
}

func TestOnlyBrokenRunsReadTheTestdata(t *testing.T) {
	j := newJob(library(), 2)
	if err := j.run(t.Context(), inputValid); err != nil {
		t.Errorf("sound: %v", err)
	}
	if err := j.run(t.Context(), inputBroken); err == nil {
		t.Error("broken: no error")
	}
	l := j.recorder.read()
	if len(l.Runs) != 2 {
		t.Fatalf("%d runs in the ledger, want 2: %+v", len(l.Runs), l)
	}
	for i, want := range []ledger.Entry{
		{Input: inputValid, Outcome: "ok", Items: 2},
		{Input: inputBroken, Outcome: "error", Items: 4, Failed: 1},
	} {
		got := l.Runs[i]
		if got.ID == "" || got.Started.IsZero() || got.Chunks == 0 || got.Bytes == 0 {
			t.Errorf("run %d lacks something: %+v", i, got)
		}
		got.ID, got.Started, got.Seconds, got.Chunks, got.Bytes = "", time.Time{}, 0, 0, 0
		if got != want {
			t.Errorf("run %d is %+v, want %+v", i, got, want)
		}
	}
}

func TestTheLedgerAgreesWithCore(t *testing.T) {
	var ends []core.RunEnd
	chunks := map[string]int{}
	j := newJob(library(), 2,
		core.OnRunEnd(func(e core.RunEnd) { ends = append(ends, e) }),
		core.OnChunkEnd(func(e core.ChunkEnd) { chunks[e.Outcome.String()]++ }))
	_ = j.run(t.Context(), inputBroken) // the run is meant to fail
	_ = j.run(t.Context(), inputValid)
	l := j.recorder.read()
	for i, e := range ends {
		got := l.Runs[i]
		if got.ID != e.RunID || got.Items != e.ItemsDone || got.Failed != e.ItemsFailed || got.Chunks != e.Chunks ||
			got.Outcome != e.Outcome.String() || got.Seconds != e.Duration.Seconds() {
			t.Errorf("the ledger has %+v, core %+v", got, e)
		}
	}
	want := map[string]ledger.Count{"ok": {Runs: 1, Chunks: chunks["ok"], Items: 5}, "error": {Runs: 1, Chunks: chunks["error"], Items: 1}}
	for outcome, c := range want {
		if l.Totals[outcome] != c {
			t.Errorf("totals of %s: %+v, want %+v", outcome, l.Totals[outcome], c)
		}
	}
	if len(ends) != 2 || len(l.Totals) != 2 || l.Active {
		t.Errorf("%d runs ended, ledger %+v", len(ends), l)
	}
}

func TestNoInputIsAnError(t *testing.T) {
	if err := newJob(fstest.MapFS{}, 1).run(t.Context(), inputValid); err == nil {
		t.Error("no error")
	}
}

func TestTheLedgerForgetsOldRunsButNotTheirCounts(t *testing.T) {
	j := newJob(library(), 1)
	for range keptRuns + 3 {
		if err := j.run(t.Context(), inputValid); err != nil {
			t.Fatal(err)
		}
	}
	if l := j.recorder.read(); len(l.Runs) != keptRuns || l.Totals["ok"].Runs != keptRuns+3 {
		t.Errorf("%d runs and %+v, want %d and %d", len(l.Runs), l.Totals, keptRuns, keptRuns+3)
	}
}

// inputs runs the loop for some virtual time and returns the inputs of its
// runs.
func inputs(t *testing.T, pause time.Duration, brokenEvery int, during func(*job)) []string {
	t.Helper()
	var got []string
	synctest.Test(t, func(t *testing.T) {
		j := newJob(library(), 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { j.loop(ctx, pause, brokenEvery); close(done) }()
		during(j)
		synctest.Wait()
		cancel()
		<-done
		for _, e := range j.recorder.read().Runs {
			got = append(got, e.Input)
		}
	})
	return got
}

func TestTheLoopRunsAfterEachPause(t *testing.T) {
	got := inputs(t, 10*time.Second, 2, func(*job) { time.Sleep(35 * time.Second) })
	if len(got) != 4 || got[0] != inputValid || got[1] != inputBroken || got[2] != inputValid || got[3] != inputBroken {
		t.Errorf("runs read %v", got)
	}
}

func TestWithoutAPauseTheLoopRunsOnRequest(t *testing.T) {
	got := inputs(t, 0, 1, func(j *job) {
		time.Sleep(time.Hour)
		for _, target := range []string{"/run", "/run?broken=true"} {
			w := httptest.NewRecorder()
			j.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, http.NoBody))
			if w.Code != http.StatusAccepted {
				t.Errorf("%s answered %d", target, w.Code)
			}
			synctest.Wait()
		}
	})
	if len(got) != 2 || got[0] != inputValid || got[1] != inputBroken {
		t.Errorf("runs read %v", got)
	}
}

func TestOnlyOneRunWaits(t *testing.T) {
	j := newJob(library(), 1) // nothing takes the request
	for _, want := range []int{http.StatusAccepted, http.StatusConflict} {
		w := httptest.NewRecorder()
		j.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/run", http.NoBody))
		if w.Code != want {
			t.Errorf("answered %d, want %d", w.Code, want)
		}
	}
}

func TestTheLedgerIsServed(t *testing.T) {
	j := newJob(library(), 1)
	w := httptest.NewRecorder()
	j.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ledger", http.NoBody))
	var empty struct{ Runs []ledger.Entry }
	if err := json.Unmarshal(w.Body.Bytes(), &empty); err != nil || empty.Runs == nil {
		t.Errorf("error %v, a ledger without runs is %s", err, w.Body)
	}
	if err := j.run(t.Context(), inputValid); err != nil {
		t.Fatal(err)
	}
	w = httptest.NewRecorder()
	j.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/ledger", http.NoBody))
	var got ledger.Ledger
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Runs) != 1 || got.Runs[0] != j.recorder.read().Runs[0] && !got.Runs[0].Started.Equal(j.recorder.read().Runs[0].Started) {
		t.Errorf("served %+v", got)
	}
}
