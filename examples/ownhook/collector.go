package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// A method with a wrong signature does not implement its interface, and core
// does not call it. These lines turn that into a compile error.
var (
	_ core.HookRunStart = (*Collector)(nil)
	_ core.HookChunkEnd = (*Collector)(nil)
	_ core.HookProgress = (*Collector)(nil)
	_ core.HookRunEnd   = (*Collector)(nil)
	_ http.Handler      = (*Collector)(nil)
)

// keptRuns is the number of runs that a Collector keeps.
const keptRuns = 20

// Collector is a custom hook. It keeps the last runs of any number of executors
// and serves them as JSON. Its methods do no I/O when core calls them, so it
// never blocks a worker. The zero value is ready for use.
type Collector struct {
	mu   sync.Mutex
	runs []*runRecord // the newest is last
}

// runRecord is the JSON of a run.
type runRecord struct {
	Executor     string    `json:"executor"`
	RunID        string    `json:"run_id"`
	Started      time.Time `json:"started"`
	Outcome      string    `json:"outcome"` // "running" until the run ends
	Items        int       `json:"items"`   // -1 if unknown
	ItemsDone    int       `json:"items_done"`
	ItemsFailed  int       `json:"items_failed"`
	ItemsPerSec  int       `json:"items_per_second"`
	ElapsedMilli int64     `json:"elapsed_ms"`
	Chunks       struct {
		Count       int   `json:"count"`
		MinMicros   int64 `json:"min_us"`
		MeanMicros  int64 `json:"mean_us"`
		MaxMicros   int64 `json:"max_us"`
		SlowestFrom int   `json:"slowest_offset"` // the index of its first item
		busy        time.Duration
	} `json:"chunks"`
}

// recordKey is the key of a record in the context of its run. It contains the
// collector, so that two collectors do not share records.
type recordKey struct{ c *Collector }

// HookName implements core.Hook.
func (c *Collector) HookName() string { return "collector" }

// OnRunStart adds a record. The returned context carries the record to the
// later events of the run, so no event needs a look-up by id.
func (c *Collector) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	r := &runRecord{Executor: e.Executor, RunID: e.RunID, Started: e.Started, Outcome: "running", Items: e.Items}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = append(c.runs, r)
	c.runs = slices.Delete(c.runs, 0, max(0, len(c.runs)-keptRuns))
	return context.WithValue(ctx, recordKey{c}, r)
}

// OnChunkEnd adds a chunk. Workers call it concurrently.
func (c *Collector) OnChunkEnd(ctx context.Context, e core.ChunkEnd) {
	c.update(ctx, func(r *runRecord) {
		took := e.Duration.Microseconds()
		if r.Chunks.Count == 0 || took < r.Chunks.MinMicros {
			r.Chunks.MinMicros = took
		}
		if took > r.Chunks.MaxMicros {
			r.Chunks.MaxMicros, r.Chunks.SlowestFrom = took, e.Offset
		}
		r.Chunks.Count++
		r.Chunks.busy += e.Duration
		r.Chunks.MeanMicros = r.Chunks.busy.Microseconds() / int64(r.Chunks.Count)
	})
}

// OnProgress is called a few times a second, on its own goroutine.
func (c *Collector) OnProgress(ctx context.Context, e core.Progress) {
	c.update(ctx, func(r *runRecord) {
		r.ItemsDone, r.ItemsFailed = e.ItemsDone, e.ItemsFailed
		r.ItemsPerSec, r.ElapsedMilli = int(e.Throughput), e.Elapsed.Milliseconds()
	})
}

// OnRunEnd completes the record.
func (c *Collector) OnRunEnd(ctx context.Context, e core.RunEnd) {
	c.update(ctx, func(r *runRecord) {
		r.Outcome, r.ItemsDone, r.ItemsFailed = e.Outcome.String(), e.ItemsDone, e.ItemsFailed
		r.ElapsedMilli = e.Duration.Milliseconds()
	})
}

// update changes the record of the run in ctx. There is none if the run started
// before the collector was registered.
func (c *Collector) update(ctx context.Context, change func(*runRecord)) {
	if r, ok := ctx.Value(recordKey{c}).(*runRecord); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		change(r)
	}
}

// ServeHTTP serves the runs, newest first.
func (c *Collector) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	runs := make([]runRecord, 0, len(c.runs)) // copies, so that a slow client does not block a worker
	for _, r := range slices.Backward(c.runs) {
		runs = append(runs, *r)
	}
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	text := json.NewEncoder(w)
	text.SetIndent("", "  ")
	_ = text.Encode(map[string]any{"runs": runs}) // it fails only if the client is gone
}
