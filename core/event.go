package core

import "time"

// RunStart tells that a run begins. It is also what every later event of the
// run agrees with: same Executor, same RunID.
type RunStart struct {
	// Executor is the name given with WithName. It is the only field that may
	// become a metric label.
	Executor string
	// RunID identifies the run, for spans, logs and messages; it is unique
	// unless the caller chose it with WithRun. Never a metric label.
	RunID string
	// Attrs are the attributes given with WithRun, a copy for each hook; nil
	// when there are none. Never metric labels.
	Attrs map[string]string
	// Items is the number of items of the run, -1 when it is not known.
	Items int
	// Workers is the most chunks that run at once; 0 for runs of
	// Executor.Start, whose caller decides.
	Workers int
	// Started is the instant the run began, before any hook was called.
	Started time.Time
}

// RunEnd tells that a run is over.
type RunEnd struct {
	RunStart
	// Ended is the instant the last chunk was over.
	Ended time.Time
	// Duration is Ended minus Started on the monotonic clock.
	Duration time.Duration
	// ItemsDone counts the items that finished, failed ones included.
	ItemsDone int
	// ItemsFailed counts the items that failed.
	ItemsFailed int
	// Chunks counts the chunks that ran, and ChunksFailed those of them whose
	// outcome was error or panic.
	Chunks, ChunksFailed int
	// Outcome is the greatest outcome of the run.
	Outcome Outcome
	// Err is what the run returned to its caller, nil on success.
	Err error
}

// WorkerStart tells that a worker of a run begins.
type WorkerStart struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Worker counts from 0, and Started is the instant it began.
	Worker  int
	Started time.Time
}

// WorkerEnd tells that a worker of a run found nothing more to do.
type WorkerEnd struct {
	WorkerStart
	// Ended is the instant it found nothing more.
	Ended time.Time
	// Busy is the time spent in user code: the sum of its chunks' durations.
	Busy time.Duration
	// Chunks and Items count what the worker did; Items has finished items only.
	Chunks, Items int
}

// ChunkStart tells that a worker takes up a chunk.
type ChunkStart struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Chunk counts the chunks of the run from 0, in the order of their offsets.
	Chunk int
	// Offset is the index of the chunk's first item, and Items how many follow
	// each other from there.
	Offset, Items int
	// Worker is the worker that runs the chunk, counted from 0.
	Worker int
	// Started is the instant the worker was free for the chunk: when the work
	// of its chunk before was over or, in streams and Executor.Start, when it
	// got this one. That is before any start hook.
	Started time.Time
}

// ChunkEnd tells that a chunk is over.
type ChunkEnd struct {
	ChunkStart
	// Ended is the instant the work was over, before any end hook.
	Ended time.Time
	// Duration is the time the user's code took: from after the start hooks to
	// before the end hooks, without the time that hooks took to hear of
	// failures and faults in between.
	Duration time.Duration
	// ItemsDone counts the chunk's finished items, ItemsFailed those that failed.
	ItemsDone, ItemsFailed int
	// Outcome is how the chunk ended.
	Outcome Outcome
	// Err is the chunk's first failure, or what canceled it; nil when it is ok.
	Err error
	// Attempts is how often the chunk was tried: 1 unless ReportChunk said
	// otherwise.
	Attempts int
	// RemoteWorker names the process or host that did the work, where
	// ReportChunk told; empty for work done here.
	RemoteWorker string
	// RunItems is the run's total, -1 when it is not known. RunItemsDone counts
	// the items of all chunks of the run that have ended, this one included.
	RunItems, RunItemsDone int
	// RunElapsed is the time since the run started.
	RunElapsed time.Duration
}

// Percent returns how much of the run has ended with this chunk, from 0 to
// 100, and false when the total is not known.
func (e ChunkEnd) Percent() (float64, bool) { return percent(e.RunItemsDone, e.RunItems) }

// ItemFailure tells that an item failed, or all items of a chunk whose
// function failed as a whole.
type ItemFailure struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Chunk and Worker tell where it failed, and At when.
	Chunk  int
	Worker int
	At     time.Time
	// Index is the failed item, and Items is 1; or the first item of a failed
	// chunk, and Items its length.
	Index, Items int
	// Outcome is OutcomeError or OutcomePanic.
	Outcome Outcome
	// Err is the *ItemError or *ChunkError that the run's error will hold.
	Err error
}

// Progress tells how far a run is.
type Progress struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant that the counts are of.
	At time.Time
	// Items is the run's total, -1 when it is not known.
	Items int
	// ItemsDone counts finished items, those inside running chunks and failed
	// ones included; of items that take under 10 µs, up to 15 in each running
	// chunk may not show yet. It never decreases. ItemsFailed counts the failed ones.
	ItemsDone, ItemsFailed int
	// Chunks counts the chunks that have ended, ChunksActive those that run.
	Chunks, ChunksActive int
	// OldestChunkStart is the start of the chunk that has been running
	// longest; the zero time when none runs.
	OldestChunkStart time.Time
	// Elapsed is the time since the run started; it grows with every Progress.
	Elapsed time.Duration
	// Throughput is the recent rate in items per second, over about the last
	// five seconds; AverageThroughput the rate of the whole run so far.
	Throughput, AverageThroughput float64
	// Remaining estimates the time to the end.
	Remaining Estimate
}

// Percent returns how much of the run is done, from 0 to 100, and false when
// the total is not known. A run of no items is at 100.
func (p Progress) Percent() (float64, bool) { return percent(p.ItemsDone, p.Items) }

// Estimate is a forecast of the time that remains, with its bounds.
type Estimate struct {
	// Known is false as long as there is nothing to base a forecast on: before
	// two seconds or three chunks a worker, without a total, and while
	// nothing finishes. The other fields are then 0.
	Known bool
	// Expected lies between Low and High, which follow from the faster and the
	// slower of the recent and the overall rate.
	Expected, Low, High time.Duration
}

// AnomalyKind names what an Anomaly is about.
type AnomalyKind string

// The kinds of anomaly.
const (
	AnomalySlowChunk      AnomalyKind = "slow_chunk"
	AnomalyStall          AnomalyKind = "stall"
	AnomalyThroughputDrop AnomalyKind = "throughput_drop"
	AnomalyErrorRate      AnomalyKind = "error_rate"
)

// Anomaly tells that a run behaves unlike itself, or does so no longer.
// Nothing raises it yet.
type Anomaly struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant it was noticed, Kind what it is about.
	At   time.Time
	Kind AnomalyKind
	// Over is true when the anomaly has ended.
	Over bool
	// Chunk and Worker name the culprit where there is one, -1 otherwise.
	Chunk, Worker int
	// Value was seen where Expected was due, in the unit of the kind: seconds,
	// items per second, or a ratio from 0 to 1.
	Value, Expected float64
	// Message says the same as one sentence.
	Message string
}

// FaultKind names what a hook did wrong.
type FaultKind string

// The kinds of fault.
const (
	FaultPanic  FaultKind = "panic"
	FaultGoexit FaultKind = "goexit"
	FaultStuck  FaultKind = "stuck"
)

// Fault tells that a hook misbehaved. The run is not affected.
type Fault struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant it was noticed.
	At time.Time
	// Hook is the name of the hook, Moment what it was called for, and Kind what
	// it did.
	Hook   string
	Moment Moment
	Kind   FaultKind
	// Value is the value the hook panicked with, nil for the other kinds.
	Value any
	// Stack is the stack of the hook at that instant, at most 8 KiB; empty for
	// a stuck hook.
	Stack []byte
}

func percent(done, total int) (float64, bool) {
	switch {
	case total < 0:
		return 0, false
	case done >= total:
		return 100, true
	}
	return 100 * float64(done) / float64(total), true
}
