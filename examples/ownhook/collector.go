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

// A method with a slightly wrong signature would just never be called; with
// these lines it does not compile.
var (
	_ core.HookRunStart = (*Collector)(nil)
	_ core.HookChunkEnd = (*Collector)(nil)
	_ core.HookProgress = (*Collector)(nil)
	_ core.HookRunEnd   = (*Collector)(nil)
	_ http.Handler      = (*Collector)(nil)
)

// keptRuns is how many runs a Collector remembers.
const keptRuns = 20

// Collector is a hook of one's own. It remembers the last runs of any number
// of executors, and serves them as JSON. It does no I/O when it is called, so
// that it holds up no worker; the zero value is ready for use.
type Collector struct {
	mu   sync.Mutex
	runs []*runRecord // the newest is the last
}

// runRecord is what is served of a run.
type runRecord struct {
	Executor     string    `json:"executor"`
	RunID        string    `json:"run_id"`
	Started      time.Time `json:"started"`
	Outcome      string    `json:"outcome"` // "running" until the end
	Items        int       `json:"items"`   // -1 if not known
	ItemsDone    int       `json:"items_done"`
	ItemsFailed  int       `json:"items_failed"`
	ItemsPerSec  int       `json:"items_per_second"`
	ElapsedMilli int64     `json:"elapsed_ms"`
	Chunks       struct {
		Count       int   `json:"count"`
		MinMicros   int64 `json:"min_us"`
		MeanMicros  int64 `json:"mean_us"`
		MaxMicros   int64 `json:"max_us"`
		SlowestFrom int   `json:"slowest_offset"` // its first item
		busy        time.Duration
	} `json:"chunks"`
}

// recordKey finds the record of a run in its context. It has the collector in
// it, so that two of them do not mix.
type recordKey struct{ c *Collector }

// HookName implements core.Hook.
func (c *Collector) HookName() string { return "collector" }

// OnRunStart begins a record. The context takes it to the later events of the
// run: no look-up by id, and no record that is never found again.
func (c *Collector) OnRunStart(ctx context.Context, e core.RunStart) context.Context {
	r := &runRecord{Executor: e.Executor, RunID: e.RunID, Started: e.Started, Outcome: "running", Items: e.Items}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs = append(c.runs, r)
	c.runs = slices.Delete(c.runs, 0, max(0, len(c.runs)-keptRuns))
	return context.WithValue(ctx, recordKey{c}, r)
}

// OnChunkEnd adds a chunk. It is called by all workers at once.
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

// OnProgress is called a few times a second, on a goroutine of its own.
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

// update changes the record of the run that ctx belongs to. There is none if
// the run began before the collector was registered.
func (c *Collector) update(ctx context.Context, change func(*runRecord)) {
	if r, ok := ctx.Value(recordKey{c}).(*runRecord); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		change(r)
	}
}

// ServeHTTP serves the runs, the newest first.
func (c *Collector) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	runs := make([]runRecord, 0, len(c.runs)) // copies, so that a slow reader holds up no worker
	for _, r := range slices.Backward(c.runs) {
		runs = append(runs, *r)
	}
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	text := json.NewEncoder(w)
	text.SetIndent("", "  ")
	_ = text.Encode(map[string]any{"runs": runs}) // it fails only if the reader is gone
}
