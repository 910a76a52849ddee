package uihook

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/usercounter"
)

const (
	maxAttrs     = 16
	maxAnomalies = 16 // open ones of a run
)

// record is what the hook keeps of a run.
type record struct {
	number  int // of the run in the process, from 1; set by the registry
	id      string
	name    string
	attrs   []attrView
	items   int // -1 if unknown
	workers int // 0 if the caller decides
	started time.Time

	lanes    [maxLanes + 1]atomic.Pointer[lane] // the last one is shared by the workers beyond
	slowest  slowest
	failures failures
	remote   atomic.Bool // chunks are done elsewhere, and may wait
	custom   *usercounter.Set[customCounter]

	mu          sync.Mutex
	progress    core.Progress
	lastAdvance time.Duration // Elapsed of the last Progress with new items or chunks
	series      series
	anomalies   []anomaly
	faults      int
	end         *core.RunEnd // its errors and texts are taken out
	endText     string
	archive     *totals     // in place of the lanes of a run that ended long ago
	final       *runSummary // of a run that has ended
}

// anomaly is an open anomaly.
type anomaly struct {
	kind          core.AnomalyKind
	chunk, worker int
	name, text    string // of the kind, and its message
}

// customCounter is one of the user's counters.
type customCounter struct {
	name, unit string
	value      atomic.Int64
}

func newRecord(e core.RunStart, texts texts) *record {
	r := &record{
		id: texts.name(e.RunID), name: texts.name(e.Executor),
		items: e.Items, workers: e.Workers, started: e.Started,
		failures: newFailures(),
		custom:   usercounter.NewSet(func(c *core.Counter) *customCounter { return &customCounter{name: c.Name(), unit: c.Unit()} }),
		progress: core.Progress{Items: e.Items},
	}
	if r.name == "" {
		r.name = "unknown"
	}
	for _, key := range slices.Sorted(maps.Keys(e.Attrs)) {
		if len(r.attrs) == maxAttrs {
			break
		}
		r.attrs = append(r.attrs, attrView{texts.name(key), texts.name(e.Attrs[key])})
	}
	return r
}

// lane returns the lane of a worker, and makes it for the worker's first chunk.
func (r *record) lane(worker int) *lane {
	if worker < 0 || worker >= maxLanes {
		worker = maxLanes
	}
	place := &r.lanes[worker]
	if l := place.Load(); l != nil {
		return l
	}
	place.CompareAndSwap(nil, &lane{})
	return place.Load()
}

func (r *record) setProgress(p core.Progress) {
	p.Executor, p.RunID, p.OldestChunk.Name = "", "", cut(p.OldestChunk.Name)
	if p.ChunksWaiting > 0 {
		r.remote.Store(true)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	done, failed := p.ItemsDone-r.progress.ItemsDone, p.ItemsFailed-r.progress.ItemsFailed
	if done > 0 || p.Chunks != r.progress.Chunks {
		r.lastAdvance = p.Elapsed
	}
	if done > 0 || failed > 0 {
		r.series.add(r.progress.Elapsed, p.Elapsed, float64(max(0, done)), float64(max(0, failed)))
	}
	r.progress = p
}

func (r *record) count(values []core.CounterValue) {
	for _, v := range values {
		if c := r.custom.Get(v.Name); c != nil {
			usercounter.Add(&c.value, v.Value)
		}
	}
}

func (r *record) setAnomaly(e core.Anomaly, texts texts) {
	name, text := texts.name(string(e.Kind)), texts.message(e.Message)
	e.Kind = core.AnomalyKind(cut(string(e.Kind)))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.anomalies = slices.DeleteFunc(r.anomalies, func(a anomaly) bool {
		return a.kind == e.Kind && a.chunk == e.Chunk && a.worker == e.Worker
	})
	if !e.Over && len(r.anomalies) < maxAnomalies {
		r.anomalies = append(r.anomalies, anomaly{e.Kind, e.Chunk, e.Worker, name, text})
	}
}

func (r *record) addFault() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults++
}

func (r *record) setEnd(e core.RunEnd, texts texts) {
	text := texts.err(e.Err)
	e.RunStart, e.Err, e.Custom = core.RunStart{}, nil, nil
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.end != nil {
		return
	}
	r.end, r.endText = &e, text
	if rest := e.ItemsDone - r.progress.ItemsDone; rest > 0 { // the hook of a filter may see no Progress
		r.series.add(r.progress.Elapsed, e.Duration, float64(rest), float64(max(0, e.ItemsFailed-r.progress.ItemsFailed)))
		r.progress.ItemsDone = e.ItemsDone
	}
}

// ended reports whether the run is over.
func (r *record) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.end != nil
}

// dropLanes frees the lanes of a run that has ended.
func (r *record) dropLanes() {
	sum := r.sum()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.archive = sum
	for i := range r.lanes {
		r.lanes[i].Store(nil)
	}
}

// sum returns the sums over all lanes.
func (r *record) sum() *totals {
	r.mu.Lock()
	archive := r.archive
	r.mu.Unlock()
	if archive != nil {
		return archive
	}
	sum := &totals{}
	for i := range r.lanes {
		if l := r.lanes[i].Load(); l != nil {
			l.mu.Lock()
			sum.add(&l.totals)
			l.mu.Unlock()
		}
	}
	return sum
}
