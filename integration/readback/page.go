package readback

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// pageRun is what the JSON of the live page has of a run.
type pageRun struct {
	Number              int
	Executor, ID, State string
	Elapsed             float64
	pageCounts
	ChunksFailed int `json:"chunks_failed"`
	Lanes        []pageCounts
	Histogram    []struct{ Chunks int }
	Failures     []struct {
		Kind     string
		Items    int
		Examples []struct {
			Index, Items int
			Name         string
		}
	}
	Counters []struct {
		Name  string
		Value int64
	}
}

// pageCounts are those of a run, and of each worker.
type pageCounts struct {
	Chunks      int
	ItemsDone   int `json:"items_done"`
	ItemsFailed int `json:"items_failed"`
}

// pageFacts reads the facts in the JSON of the live page. The parts of a run have to
// add up to its sums, and failed items to have the names that the hooks got.
func pageFacts(t *testing.T, client *http.Client, url string, recorder *hooktest.Recorder) Facts {
	t.Helper()
	type failedItem struct {
		run          string
		index, items int
	}
	names := map[failedItem]string{}
	for _, e := range hooktest.Of[core.ItemFailure](recorder) {
		names[failedItem{e.RunID, e.Index, e.Items}] = e.Name
	}
	ended := map[string]bool{}
	for _, e := range hooktest.Of[core.RunEnd](recorder) {
		ended[e.RunID] = true
	}
	stale := func(r pageRun) bool { return r.State == "running" && ended[r.ID] }
	f := Facts{}
	for _, listed := range readPage(t, client, url, func(a *pageAnswer) bool {
		return len(a.Runs) < len(hooktest.Of[core.RunStart](recorder)) && len(a.Runs) < maxRuns || slices.ContainsFunc(a.Runs, stale)
	}).Runs {
		r := *readPage(t, client, fmt.Sprintf("%s?run=%d", url, listed.Number), func(a *pageAnswer) bool { return stale(*a.Run) }).Run
		if r.Executor != Executor || r.ID != listed.ID {
			t.Errorf("run %d of the page is %s of %s", listed.Number, r.ID, r.Executor)
		}
		f.addReport(run{
			id: r.ID, outcome: r.State, seconds: r.Elapsed, items: r.ItemsDone, failed: r.ItemsFailed, chunks: r.Chunks, chunksFailed: r.ChunksFailed,
		})
		for _, k := range r.Failures {
			f.add("failed/"+k.Kind, float64(k.Items))
			for _, x := range k.Examples {
				if want, ok := names[failedItem{r.ID, x.Index, x.Items}]; !ok || x.Name != want {
					t.Errorf("the page names item %d of %s %q, want %q", x.Index, r.ID, x.Name, want)
				}
			}
		}
		for _, c := range r.Counters {
			f.add("counter/"+c.Name, float64(c.Value))
		}
		if r.State != "running" { // the sums have the items inside running chunks, too
			r.checkParts(t)
		}
	}
	return f
}

// checkParts checks that the timelines and the histogram have all chunks. Of older
// runs the page has no timelines.
func (r pageRun) checkParts(t *testing.T) {
	t.Helper()
	lanes, times := pageCounts{}, 0
	for _, l := range r.Lanes {
		lanes = pageCounts{lanes.Chunks + l.Chunks, lanes.ItemsDone + l.ItemsDone, lanes.ItemsFailed + l.ItemsFailed}
	}
	for _, b := range r.Histogram {
		times += b.Chunks
	}
	if len(r.Lanes) > 0 && lanes != r.pageCounts || times != r.Chunks {
		t.Errorf("the parts of run %s do not add up on the page: %+v in the timelines and %d in the histogram, want %+v", r.ID, lanes, times, r.pageCounts)
	}
}

// pageAnswer is a part of the JSON.
type pageAnswer struct {
	Run  *pageRun
	Runs []pageRun
}

// keptFor is how long the page keeps a snapshot for others, and maxRuns are all that
// it shows.
const (
	keptFor = time.Second
	maxRuns = 50
)

// readPage reads a snapshot, again while it is a stale one that was made for an
// earlier reader.
func readPage(t *testing.T, client *http.Client, url string, stale func(*pageAnswer) bool) pageAnswer {
	t.Helper()
	for began := time.Now(); ; {
		if a := readSnapshot(t, client, url); !stale(&a) || time.Since(began) > keptFor {
			return a
		}
	}
}

func readSnapshot(t *testing.T, client *http.Client, url string) (a pageAnswer) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	check(t, err)
	answer, err := client.Do(r)
	check(t, err)
	defer func() { _ = answer.Body.Close() }()
	check(t, json.NewDecoder(answer.Body).Decode(&a))
	return a
}
