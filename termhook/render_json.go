package termhook

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/internal/plaintext"
)

// jsonVersion is the version of the objects. It grows when a field changes its
// meaning or is removed, not when one is added.
const jsonVersion = 1

// jsonInterval is the least time between two progress objects of a run.
const jsonInterval = time.Second

// jsonRenderer writes objects for programs. It suppresses no run.
type jsonRenderer struct{ page pageFunc }

// jsonObject is a line. Fields that its event does not have are left out.
type jsonObject struct {
	Version  int       `json:"version"`
	Event    string    `json:"event"` // run_start, progress, run_end
	Time     time.Time `json:"time"`
	Executor string    `json:"executor"`
	Run      string    `json:"run"`
	Items    *int      `json:"items,omitempty"` // left out if unknown
	Workers  int       `json:"workers,omitempty"`
	Page     string    `json:"page,omitempty"` // URL; of run_start and run_end

	*jsonCounts
	*jsonProgress
	*jsonEnd
}

// jsonCounts are the fields that progress and end share.
type jsonCounts struct {
	ItemsDone   int     `json:"items_done"`
	ItemsFailed int     `json:"items_failed"`
	Chunks      int     `json:"chunks"`
	Elapsed     float64 `json:"elapsed_seconds"`
	Throughput  float64 `json:"throughput"` // items per second, recently or of the whole run
}

type jsonProgress struct {
	ChunksActive int      `json:"chunks_active"`
	Waiting      int      `json:"chunks_waiting,omitempty"`
	Percent      *float64 `json:"percent,omitempty"`
	Stalled      float64  `json:"stalled_seconds,omitempty"`
	OldestChunk  float64  `json:"oldest_chunk_seconds,omitempty"`
	OldestName   string   `json:"oldest_chunk_name,omitempty"`
	*jsonRemaining
}

type jsonRemaining struct {
	Remaining jsonForecast `json:"remaining"`
}

type jsonForecast struct {
	Low      float64 `json:"low_seconds"`
	Expected float64 `json:"expected_seconds"`
	High     float64 `json:"high_seconds"`
}

type jsonEnd struct {
	Outcome      core.Outcome `json:"outcome"`
	Failures     []string     `json:"failures,omitempty"` // the first ones
	ChunksFailed int          `json:"chunks_failed"`
	Slowest      []jsonChunk  `json:"slowest_chunks,omitempty"`
	Shares       []jsonShare  `json:"worker_shares,omitempty"`
	Counters     []jsonCount  `json:"counters,omitempty"` // the user's own
}

type jsonChunk struct {
	Chunk        int     `json:"chunk"`
	Name         string  `json:"name,omitempty"` // of one that took a second or more
	Offset       int     `json:"offset"`
	Items        int     `json:"items"`
	Worker       int     `json:"worker"`
	RemoteWorker string  `json:"remote_worker,omitempty"`
	Duration     float64 `json:"duration_seconds"`
	Waited       float64 `json:"waited_seconds,omitempty"`
}

type jsonCount struct {
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`
	Value int64  `json:"value"`
}

type jsonShare struct {
	Worker int     `json:"worker"`
	Items  int     `json:"items"`
	Chunks int     `json:"chunks"`
	Busy   float64 `json:"busy_seconds"`
}

func (j jsonRenderer) render(_ time.Time, active, ended []*run, _ outcomeCounts) (string, []string) {
	var b strings.Builder
	for _, r := range active {
		j.writeStart(&b, r)
		if s := r.status(); s.Elapsed > 0 && (r.shownAt == 0 || s.Elapsed-r.shownAt >= jsonInterval) {
			r.shownAt = s.Elapsed
			writeObject(&b, progressObject(r, &s))
		}
	}
	for _, r := range ended {
		j.writeStart(&b, r)
		o := endObject(r)
		o.Page = j.page.url()
		writeObject(&b, o)
	}
	return b.String(), nil
}

// writeStart writes the start of a run, once and before its other objects.
func (j jsonRenderer) writeStart(b *strings.Builder, r *run) {
	if !r.startShown {
		r.startShown = true
		o := newObject(r, "run_start", r.started)
		o.Page = j.page.url()
		writeObject(b, o)
	}
}

func newObject(r *run, event string, at time.Time) jsonObject {
	o := jsonObject{Version: jsonVersion, Event: event, Time: at.UTC().Round(0), Executor: r.name, Run: r.id, Workers: r.workers}
	if r.items >= 0 {
		o.Items = &r.items
	}
	return o
}

func progressObject(r *run, s *status) jsonObject {
	p := &jsonProgress{
		ChunksActive: s.ChunksActive,
		Waiting:      s.ChunksWaiting,
		Stalled:      s.stalledFor.Seconds(),
		OldestChunk:  s.oldestChunkAge.Seconds(),
		OldestName:   s.oldestName,
	}
	if percent, ok := s.Percent(); ok {
		percent = finite(percent) // JSON cannot write NaN and infinity
		p.Percent = &percent
	}
	if e := s.Remaining; e.Known && s.estimate.Known {
		p.jsonRemaining = &jsonRemaining{jsonForecast{e.Low.Seconds(), e.Expected.Seconds(), e.High.Seconds()}}
	}
	o := newObject(r, "progress", s.At)
	o.jsonCounts = &jsonCounts{s.ItemsDone, s.ItemsFailed, s.Chunks, s.Elapsed.Seconds(), finite(s.Throughput)}
	o.jsonProgress = p
	return o
}

func endObject(r *run) jsonObject {
	e := r.ended
	end := &jsonEnd{Outcome: e.Outcome, ChunksFailed: e.ChunksFailed}
	end.Failures, _ = firstFailures(r)
	for _, c := range r.slowest.list() {
		end.Slowest = append(end.Slowest, jsonChunk{
			c.Chunk, c.name, c.Offset, c.Items, c.Worker,
			plaintext.Clean(c.RemoteWorker, maxName), c.Duration.Seconds(), c.Waited.Seconds(),
		})
	}
	for _, s := range sortedShares(r) {
		end.Shares = append(end.Shares, jsonShare{s.worker, s.items, s.chunks, s.busy.Seconds()})
	}
	for _, v := range e.Custom {
		end.Counters = append(end.Counters, jsonCount{plaintext.Clean(v.Name, maxName), plaintext.Clean(v.Unit, maxName), v.Value})
	}
	o := newObject(r, "run_end", e.Ended)
	o.jsonCounts = &jsonCounts{e.ItemsDone, e.ItemsFailed, e.Chunks, e.Duration.Seconds(), finite(averageRate(e))}
	o.jsonEnd = end
	return o
}

// finite returns f, or 0 for NaN and infinity, which JSON cannot write.
func finite(f float64) float64 {
	if f-f != 0 {
		return 0
	}
	return f
}

func writeObject(b *strings.Builder, o jsonObject) {
	line, err := json.Marshal(o)
	if err != nil { // the only possible reason is a time after the year 9999
		o.Time = time.Time{}
		line, _ = json.Marshal(o)
	}
	b.Write(line)
	b.WriteByte('\n')
}
