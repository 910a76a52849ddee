package hooktest

import (
	"math"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// extreme is a sample at the edge of what a run can tell.
type extreme struct {
	name, fix string
	sample    sample
}

// extremes returns them all. Nothing here is beyond what core delivers or
// what its types admit in a later version: no count is negative but -1 for unknown.
func extremes() []extreme {
	all := []extreme{
		{"an unknown number of items", "an Items of -1 means that the total is not known", unknownTotal()},
		{"the largest counts", "take care that sums and conversions do not overflow", largest()},
		{"no time at all", "do not divide by a duration or a rate that may be 0", timeless()},
		{"outcomes, moments and kinds that do not exist yet", "treat what you do not know as unknown; String methods do", unheardOf()},
	}
	for _, f := range hostileErrors {
		e := typical("job", "run", &core.ItemError{Index: 31, Err: f.err})
		e.fault.Value = f.err
		all = append(all, extreme{f.name, "errors come from user code: print them with fmt, which survives them, and do not compare them with ==", e})
	}
	return all
}

func unknownTotal() sample {
	s := typical("job", "run", errSample)
	s.runStart.Items, s.runEnd.Items, s.chunkEnd.RunItems, s.progress.Items = -1, -1, -1, -1
	s.progress.Remaining = core.Estimate{}
	s.anomaly.Chunk, s.anomaly.Worker = -1, -1
	return s
}

func largest() sample {
	s := typical("job", "run", errSample)
	const most, longest = math.MaxInt, time.Duration(math.MaxInt64)
	s.runStart.Items, s.runStart.Workers = most, most
	s.runEnd.RunStart = s.runStart
	s.runEnd.ItemsDone, s.runEnd.ItemsFailed, s.runEnd.Chunks, s.runEnd.ChunksFailed, s.runEnd.Duration = most, most, most, most, longest
	s.workerEnd.Busy, s.workerEnd.Chunks, s.workerEnd.Items = longest, most, most
	s.chunkStart.Chunk, s.chunkStart.Offset, s.chunkStart.Items = most, most, most
	s.chunkEnd.ChunkStart = s.chunkStart
	s.chunkEnd.ItemsDone, s.chunkEnd.ItemsFailed, s.chunkEnd.Attempts, s.chunkEnd.RunItemsDone = most, most, most, most
	s.chunkEnd.Duration, s.chunkEnd.RunElapsed = longest, longest
	s.itemFailure.Chunk, s.itemFailure.Index, s.itemFailure.Items = most, most, most
	s.progress.Items, s.progress.ItemsDone, s.progress.Chunks, s.progress.ChunksActive = most, most, most, most
	s.progress.Elapsed, s.progress.Throughput, s.progress.AverageThroughput = longest, math.MaxFloat64, math.MaxFloat64
	s.progress.Remaining = core.Estimate{Known: true, Expected: longest, Low: longest, High: longest}
	s.anomaly.Value, s.anomaly.Expected = math.MaxFloat64, math.SmallestNonzeroFloat64
	return s
}

func timeless() sample {
	s := typical("job", "run", nil)
	s.runEnd.Ended, s.runEnd.Duration, s.runEnd.Err, s.runEnd.Outcome = s.runEnd.Started, 0, nil, core.OutcomeOK
	s.workerEnd.Ended, s.workerEnd.Busy = s.workerEnd.Started, 0
	s.chunkEnd.Ended, s.chunkEnd.Duration, s.chunkEnd.RunElapsed = s.chunkEnd.Started, 0, 0
	s.chunkEnd.Outcome = core.OutcomeOK
	s.progress.OldestChunkStart, s.progress.Elapsed = time.Time{}, 0
	s.progress.Throughput, s.progress.AverageThroughput, s.progress.Remaining = 0, 0, core.Estimate{}
	return s
}

func unheardOf() sample {
	s := typical("job", "run", errSample)
	const outcome = core.Outcome(math.MaxUint8)
	s.runEnd.Outcome, s.chunkEnd.Outcome, s.itemFailure.Outcome = outcome, outcome, outcome
	s.anomaly.Kind = "invented"
	s.fault.Moment, s.fault.Kind = core.Moment(math.MaxUint8), "invented"
	return s
}
