package core

import "time"

// RunStart is the start of a run. Every later event of the run has its Executor
// and RunID.
type RunStart struct {
	// Executor is the name given with WithName. It is the only field that may
	// become a metric label.
	Executor string
	// RunID identifies the run in spans, logs and messages. It is unique unless
	// the caller chose it with WithRun. It is never a metric label.
	RunID string
	// Attrs are the attributes given with WithRun, nil if there are none. Each
	// hook gets a copy. They are never metric labels.
	Attrs map[string]string
	// Items is the number of items of the run, -1 when it is not known.
	Items int
	// Workers is the limit of chunks at once, 0 for runs of Executor.Start, whose
	// caller decides.
	Workers int
	// Started is the instant of the start, before any hook is called.
	Started time.Time
}

// RunEnd is the end of a run.
type RunEnd struct {
	RunStart
	// Ended is the instant at which the last chunk ended.
	Ended time.Time
	// Duration is Ended minus Started on the monotonic clock.
	Duration time.Duration
	// ItemsDone counts the items that finished, failed ones included.
	ItemsDone int
	// ItemsFailed counts the items that failed.
	ItemsFailed int
	// Chunks counts the chunks, and ChunksFailed those of them whose outcome is
	// error or panic.
	Chunks, ChunksFailed int
	// Outcome is the outcome of the run.
	Outcome Outcome
	// Err is the error that the run returns to its caller, nil if the outcome is
	// OutcomeOK. A run of OutcomePartial has one too.
	Err error
	// Custom are the sums of the user's counters over all chunks, sorted by name. It has
	// those that were added to, and is nil if none was. Each hook gets a copy.
	Custom []CounterValue
}

// WorkerStart is the start of a worker of a run.
type WorkerStart struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Worker counts from 0, and Started is the instant of its start.
	Worker  int
	Started time.Time
}

// WorkerEnd is the end of a worker that found nothing more to do.
type WorkerEnd struct {
	WorkerStart
	// Ended is the instant of its end.
	Ended time.Time
	// Busy is the time spent in user code: the sum of its chunks' durations.
	Busy time.Duration
	// Chunks and Items count the worker's chunks and finished items.
	Chunks, Items int
}

// ChunkStart is the start of a chunk on a worker.
type ChunkStart struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Chunk counts the chunks of the run from 0, in the order of their starts.
	Chunk int
	// Offset is the index of the chunk's first item, and Items the chunk's length.
	Offset, Items int
	// Worker is the worker that runs the chunk, counted from 0.
	Worker int
	// Started is the instant at which the worker was free for the chunk: when the
	// work of its chunk before ended or, in streams and Executor.Start, when it got
	// this one. That is before any start hook.
	Started time.Time
}

// ChunkEnd is the end of a chunk.
type ChunkEnd struct {
	ChunkStart
	// Ended is the instant at which the work ended, before any end hook.
	Ended time.Time
	// Duration is the time of the work. Here it is the time of the user's code: from
	// after the start hooks to before the end hooks, without failure and fault hooks in
	// between. Of a chunk that was done elsewhere it is the part of that time in which it
	// was worked on, as package remote describes, and Waited is the rest: the queue, the
	// transport, attempts that were lost. Waited is 0 for work in this process.
	Duration, Waited time.Duration
	// ItemsDone counts the chunk's finished items, ItemsFailed those that failed.
	ItemsDone, ItemsFailed int
	// Returned counts items that the chunk gave back before they began, as it lasted
	// longer than its timed size promised. They become a chunk of their own. Items is
	// ItemsDone plus Returned, unless the chunk was interrupted.
	Returned int
	// Outcome is the outcome of the chunk.
	Outcome Outcome
	// Err is the chunk's first failure or its cancellation, nil if the chunk is ok.
	Err error
	// Attempts is the number of attempts at the chunk, 1 unless remote.Report gave
	// another.
	Attempts int
	// RemoteWorker names the process or host that did the work, as given to
	// remote.Report. It is empty for work in this process.
	RemoteWorker string
	// WorkersLost counts the remote workers that were lost with the chunk, as given to
	// remote.Report. Poison is true if it was given up because of that.
	WorkersLost int
	Poison      bool
	// Custom are the sums of the user's counters in this chunk, as RunEnd has them.
	Custom []CounterValue
	// RunItems is the run's total, -1 when it is not known. RunItemsDone counts
	// the items of all chunks of the run that have ended, this one included.
	RunItems, RunItemsDone int
	// RunElapsed is the time since the run started.
	RunElapsed time.Duration
}

// Percent returns how much of the run has ended with this chunk, from 0 to
// 100, and false when the total is not known.
func (e ChunkEnd) Percent() (float64, bool) { return percent(e.RunItemsDone, e.RunItems) }

// Remote reports whether the chunk was done elsewhere: a remote worker has done it or
// was lost, it has waited, or was tried more than once.
func (e ChunkEnd) Remote() bool {
	return e.RemoteWorker != "" || e.Waited > 0 || e.WorkersLost > 0 || e.Attempts > 1
}

// ItemFailure is the failure of an item, or of all items of a chunk whose function
// failed.
type ItemFailure struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// Chunk and Worker are the place of the failure, and At its instant.
	Chunk  int
	Worker int
	At     time.Time
	// Index is the failed item and Items is 1, or Index is the first item of a
	// failed chunk and Items its length.
	Index, Items int
	// Name is the name of the item, or of the chunk as NameFrom returns it. It is empty
	// without WithItemName or WithChunkName.
	Name string
	// Outcome is OutcomeError or OutcomePanic.
	Outcome Outcome
	// Err is the *ItemError or *ChunkError of the failure.
	Err error
}

// Progress is how far a run is.
type Progress struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant of the counts.
	At time.Time
	// Items is the run's total, -1 when it is not known.
	Items int
	// ItemsDone counts finished items, including failed ones and those of active
	// chunks. Of items under 10 µs, up to 15 of each active chunk may be missing. It
	// never decreases. ItemsFailed counts the failed ones.
	ItemsDone, ItemsFailed int
	// Chunks counts the chunks that have ended, ChunksActive those that are worked on,
	// and ChunksWaiting those that wait to be worked on elsewhere; see remote.Waiting.
	Chunks, ChunksActive, ChunksWaiting int
	// OldestChunk is the active chunk that has been worked on for longest, the zero value
	// if there is none.
	OldestChunk ActiveChunk
	// Elapsed is the time since the run's start. It grows with every Progress.
	Elapsed time.Duration
	// Throughput is the recent rate in items per second, over about the last
	// five seconds; AverageThroughput the rate of the whole run so far.
	Throughput, AverageThroughput float64
	// Remaining is the forecast of the time to the end.
	Remaining Estimate
}

// Percent returns how much of the run is done, from 0 to 100, and false if the
// total is not known. A run without items is at 100.
func (p Progress) Percent() (float64, bool) { return percent(p.ItemsDone, p.Items) }

// Estimate is a forecast of the time that remains, with its bounds.
type Estimate struct {
	// Known is false if there is no basis for a forecast: before two seconds or
	// three chunks a worker, without a total, and while nothing finishes. The other
	// fields are then 0.
	Known bool
	// Expected lies between Low and High, which follow from the faster and the
	// slower of the recent and the overall rate.
	Expected, Low, High time.Duration
}

// AnomalyKind names the kind of an Anomaly.
type AnomalyKind string

// The kinds of anomaly.
const (
	AnomalySlowChunk      AnomalyKind = "slow_chunk"
	AnomalyStall          AnomalyKind = "stall"
	AnomalyThroughputDrop AnomalyKind = "throughput_drop"
	AnomalyErrorRate      AnomalyKind = "error_rate"
)

// Anomaly reports that a run behaves unlike itself, or no longer does. Nothing
// raises it yet.
type Anomaly struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant of the report, and Kind names the behaviour.
	At   time.Time
	Kind AnomalyKind
	// Over is true when the anomaly has ended.
	Over bool
	// Chunk and Worker are those that cause it, -1 if none does.
	Chunk, Worker int
	// Value was measured and Expected is usual, in the unit of the kind: seconds,
	// items per second, or a ratio from 0 to 1.
	Value, Expected float64
	// Message says the same as one sentence.
	Message string
}

// FaultKind names the kind of a Fault.
type FaultKind string

// The kinds of fault.
const (
	FaultPanic  FaultKind = "panic"
	FaultGoexit FaultKind = "goexit"
	FaultStuck  FaultKind = "stuck"
)

// Fault reports that a hook misbehaved. It does not affect the run.
type Fault struct {
	// Executor and RunID are those of RunStart.
	Executor string
	RunID    string
	// At is the instant of the report.
	At time.Time
	// Hook is the name of the hook, Moment the moment of the call, and Kind what
	// the hook did.
	Hook   string
	Moment Moment
	Kind   FaultKind
	// Value is the value of the hook's panic, nil for the other kinds.
	Value any
	// Stack is the stack of the hook at that instant, at most 8 KiB. It is empty
	// for a stuck hook.
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
