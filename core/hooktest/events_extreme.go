package hooktest

import (
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// extremeEvents are events with values at the limits of their types.
type extremeEvents struct {
	name, fix string
	events    eventSet
}

// allExtremeEvents returns values that core delivers, or that a later version may
// deliver with the same types. No count is negative, except -1 for unknown.
func allExtremeEvents() []extremeEvents {
	all := []extremeEvents{
		{"an unknown number of items", "an Items of -1 means that the total is not known", withUnknownTotal()},
		{"the largest counts", "take care that sums and conversions do not overflow", withLargestValues()},
		{"an error of a run that tolerated its failures", "the outcome partial is a success, whose error lists what failed", withToleratedFailures()},
		{"no time at all", "do not divide by a duration or a rate that may be 0", withoutTimes()},
		{"outcomes, moments and kinds that do not exist yet", "treat what you do not know as unknown; String methods do", withUnknownKinds()},
	}
	for _, f := range hostileErrors {
		events := sampleEvents("job", "run", &core.ItemError{Index: 31, Err: f.err})
		events.fault.Value = f.err
		all = append(all, extremeEvents{f.name, "errors come from user code: print them with fmt, which survives them, and do not compare them with ==", events})
	}
	return all
}

func withUnknownTotal() eventSet {
	events := sampleEvents("job", "run", errSample)
	events.runStart.Items, events.runEnd.Items, events.chunkEnd.RunItems, events.progress.Items = -1, -1, -1, -1
	events.progress.Remaining = core.Estimate{}
	events.anomaly.Chunk, events.anomaly.Worker = -1, -1
	return events
}

func withLargestValues() eventSet {
	events := sampleEvents("job", "run", errSample)
	const most, longest = math.MaxInt, time.Duration(math.MaxInt64)
	events.runStart.Items, events.runStart.Workers = most, most
	events.runEnd.RunStart = events.runStart
	events.runEnd.ItemsDone, events.runEnd.ItemsFailed, events.runEnd.Chunks, events.runEnd.ChunksFailed, events.runEnd.Duration = most, most, most, most, longest
	events.workerEnd.Busy, events.workerEnd.Chunks, events.workerEnd.Items = longest, most, most
	events.chunkStart.Chunk, events.chunkStart.Offset, events.chunkStart.Items = most, most, most
	events.chunkEnd.ChunkStart = events.chunkStart
	events.chunkEnd.ItemsDone, events.chunkEnd.ItemsFailed, events.chunkEnd.Attempts, events.chunkEnd.RunItemsDone = most, most, most, most
	events.chunkEnd.Returned, events.chunkEnd.WorkersLost, events.chunkEnd.Waited, events.chunkEnd.Poison = most, most, longest, true
	events.chunkEnd.Custom[0].Value, events.runEnd.Custom[0].Value = math.MaxInt64, math.MaxInt64
	events.progress.OldestChunk = core.ActiveChunk{Chunk: most, Offset: most, Items: most, Worker: most, Started: sampleTime}
	events.chunkEnd.Duration, events.chunkEnd.RunElapsed = longest, longest
	events.itemFailure.Chunk, events.itemFailure.Index, events.itemFailure.Items = most, most, most
	events.progress.Items, events.progress.ItemsDone, events.progress.Chunks, events.progress.ChunksActive = most, most, most, most
	events.progress.ChunksWaiting = most
	events.progress.Elapsed, events.progress.Throughput, events.progress.AverageThroughput = longest, math.MaxFloat64, math.MaxFloat64
	events.progress.Remaining = core.Estimate{Known: true, Expected: longest, Low: longest, High: longest}
	events.anomaly.Value, events.anomaly.Expected = math.MaxFloat64, math.SmallestNonzeroFloat64
	return events
}

func withToleratedFailures() eventSet {
	events := sampleEvents("job", "run", errSample)
	events.runEnd.Outcome = core.OutcomePartial
	events.runEnd.Err = &core.RunError{
		Executor: "job", RunID: "run", Outcome: core.OutcomePartial, Items: 100, ItemsDone: 100, ItemsFailed: 1, Errors: []error{errSample},
	}
	return events
}

func withoutTimes() eventSet {
	events := sampleEvents("job", "run", nil)
	events.runEnd.Ended, events.runEnd.Duration, events.runEnd.Err, events.runEnd.Outcome = events.runEnd.Started, 0, nil, core.OutcomeOK
	events.workerEnd.Ended, events.workerEnd.Busy = events.workerEnd.Started, 0
	events.chunkEnd.Ended, events.chunkEnd.Duration, events.chunkEnd.RunElapsed = events.chunkEnd.Started, 0, 0
	events.chunkEnd.Outcome = core.OutcomeOK
	events.progress.OldestChunk, events.progress.Elapsed = core.ActiveChunk{}, 0
	events.progress.Throughput, events.progress.AverageThroughput, events.progress.Remaining = 0, 0, core.Estimate{}
	return events
}

func withUnknownKinds() eventSet {
	events := sampleEvents("job", "run", errSample)
	const outcome = core.Outcome(math.MaxUint8)
	events.runEnd.Outcome, events.chunkEnd.Outcome, events.itemFailure.Outcome = outcome, outcome, outcome
	events.anomaly.Kind = "invented"
	events.fault.Moment, events.fault.Kind = core.Moment(math.MaxUint8), "invented"
	return events
}
