package uihook

import "time"

// snapshot is what the page shows at one moment, and the JSON of
// api/v1/snapshot. docs/page.md documents the fields.
type snapshot struct {
	At           time.Time       `json:"at"`
	Process      processView     `json:"process"`
	Attention    []attentionView `json:"attention"`
	Run          *runView        `json:"run"`
	Runs         []runSummary    `json:"runs"`
	RunsNotShown int             `json:"runs_not_shown"`
	Exporters    []exporterView  `json:"exporters"`
	Compare      *comparison     `json:"compare,omitempty"`
}

type processView struct {
	Program string `json:"program"`
	Host    string `json:"host"`
	PID     int    `json:"pid"`
}

// runSummary is a row of the table of runs. Times are in seconds, rates in items
// per second.
type runSummary struct {
	Number       int        `json:"number"`
	ID           string     `json:"id"`
	Executor     string     `json:"executor"`
	State        string     `json:"state"`
	Started      time.Time  `json:"started"`
	Ended        *time.Time `json:"ended,omitempty"`
	Elapsed      float64    `json:"elapsed"`
	Items        int        `json:"items"`
	ItemsDone    int        `json:"items_done"`
	ItemsFailed  int        `json:"items_failed"`
	Chunks       int        `json:"chunks"`
	ChunksFailed int        `json:"chunks_failed"`
	Throughput   float64    `json:"throughput"`
	P50          float64    `json:"p50"`
	P90          float64    `json:"p90"`
	P99          float64    `json:"p99"`
	Max          float64    `json:"max"`
	Busy         float64    `json:"busy"`
}

// runView is the run that the page shows.
type runView struct {
	runSummary
	Attrs         []attrView     `json:"attrs,omitempty"`
	Error         string         `json:"error,omitempty"`
	Workers       int            `json:"workers"`
	ChunksActive  int            `json:"chunks_active"`
	ChunksWaiting int            `json:"chunks_waiting,omitempty"`
	ThroughputNow float64        `json:"throughput_now"`
	Remaining     *remainingView `json:"remaining,omitempty"`
	Series        seriesView     `json:"series"`
	Lanes         []laneView     `json:"lanes"`
	Histogram     []bucketView   `json:"histogram"`
	Slowest       []slowView     `json:"slowest"`
	Failures      []failureView  `json:"failures"`
	Counters      []counterView  `json:"counters"`
}

type attrView struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type remainingView struct {
	Expected float64 `json:"expected"`
	Low      float64 `json:"low"`
	High     float64 `json:"high"`
}

// attentionView is something to look at. Alert is the name of the alert that says
// the same, without the word Chunkscope.
type attentionView struct {
	Severity string `json:"severity"`
	Alert    string `json:"alert"`
	Text     string `json:"text"`
}

type seriesView struct {
	BinSeconds float64   `json:"bin_seconds"`
	Done       []float64 `json:"done"`
	Failed     []float64 `json:"failed"`
}

// laneView is a worker. Timeline has a character for each bin: a digit for tenths
// of the bin that the worker was busy, and a letter, a for 0 to j for 9, where a
// chunk with failures ended in it.
type laneView struct {
	Worker       int      `json:"worker"`
	Shared       bool     `json:"shared,omitempty"`
	Chunks       int      `json:"chunks"`
	ItemsDone    int      `json:"items_done"`
	ItemsFailed  int      `json:"items_failed"`
	Busy         float64  `json:"busy"`
	ChunksActive int      `json:"chunks_active"`
	RemoteWorker string   `json:"remote_worker,omitempty"` // of its last chunk that had one
	Now          *nowView `json:"now,omitempty"`
	Timeline     string   `json:"timeline"`
}

type nowView struct {
	Chunk   int     `json:"chunk"`
	Name    string  `json:"name,omitempty"` // of the oldest chunk, once it is slow
	Offset  int     `json:"offset"`
	Items   int     `json:"items"`
	Elapsed float64 `json:"elapsed"`
	Slow    bool    `json:"slow,omitempty"`
}

type bucketView struct {
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	Chunks int     `json:"chunks"`
}

type slowView struct {
	Chunk        int     `json:"chunk"`
	Name         string  `json:"name,omitempty"` // of one that took a second or more
	Offset       int     `json:"offset"`
	Items        int     `json:"items"`
	Worker       int     `json:"worker"`
	RemoteWorker string  `json:"remote_worker,omitempty"`
	At           float64 `json:"at"`
	Duration     float64 `json:"duration"`
	Outcome      string  `json:"outcome"`
}

type failureView struct {
	Kind     string        `json:"kind"`
	Items    int           `json:"items"`
	First    time.Time     `json:"first"`
	Last     time.Time     `json:"last"`
	Text     string        `json:"text,omitempty"`
	Examples []exampleView `json:"examples"`
}

// exampleView is a failed item, or a failed chunk of several.
type exampleView struct {
	Index int    `json:"index"`
	Items int    `json:"items"`
	Name  string `json:"name,omitempty"`
}

// counterView is one of the user's counters.
type counterView struct {
	Name  string `json:"name"`
	Unit  string `json:"unit,omitempty"`
	Value int64  `json:"value"`
}

type exporterView struct {
	Hook      string            `json:"hook"`
	Produced  uint64            `json:"produced"`
	Delivered uint64            `json:"delivered"`
	Pending   uint64            `json:"pending"`
	Errors    uint64            `json:"errors"`
	Dropped   map[string]uint64 `json:"dropped,omitempty"`
	Faults    int64             `json:"faults"`
}

// comparison is two runs beside each other.
type comparison struct {
	A comparedRun `json:"a"`
	B comparedRun `json:"b"`
}

// comparedRun has the throughput at each of 100 steps of one percent of the items.
type comparedRun struct {
	runSummary
	Curve []float64 `json:"curve"`
}
