package hooktest

import (
	"errors"
	"maps"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// sample is one event of each kind, as a run of a hundred items may tell them.
// Its zero value is the zero event of each kind.
type sample struct {
	runStart    core.RunStart
	runEnd      core.RunEnd
	workerStart core.WorkerStart
	workerEnd   core.WorkerEnd
	chunkStart  core.ChunkStart
	chunkEnd    core.ChunkEnd
	itemFailure core.ItemFailure
	progress    core.Progress
	anomaly     core.Anomaly
	fault       core.Fault
}

// epoch is when samples begin: a fixed instant, so that nothing depends on today.
var epoch = time.Date(2001, time.February, 3, 4, 5, 6, 7, time.UTC)

// typical is a sample where one item of chunk 3 fails with err.
func typical(executor, runID string, err error) sample {
	return build(executor, runID, 3, err)
}

// build makes the sample of one chunk of ten items.
func build(executor, runID string, chunk int, err error) sample {
	const took = 250 * time.Millisecond
	var s sample
	s.runStart = core.RunStart{
		Executor: executor, RunID: runID, Attrs: map[string]string{"source": "test"},
		Items: 100, Workers: 2, Started: epoch,
	}
	s.runEnd = core.RunEnd{
		RunStart: s.runStart, Ended: epoch.Add(took), Duration: took, ItemsDone: 100, ItemsFailed: 1,
		Chunks: 10, ChunksFailed: 1, Outcome: core.OutcomeError,
		Err: &core.RunError{Executor: executor, RunID: runID, Outcome: core.OutcomeError, Items: 100, ItemsDone: 100, ItemsFailed: 1, Errors: []error{err}},
	}
	s.runEnd.Attrs = maps.Clone(s.runStart.Attrs) // each event has a copy of its own
	s.workerStart = core.WorkerStart{Executor: executor, RunID: runID, Worker: 1, Started: epoch}
	s.workerEnd = core.WorkerEnd{WorkerStart: s.workerStart, Ended: epoch.Add(took), Busy: took / 2, Chunks: 5, Items: 50}
	s.chunkStart = core.ChunkStart{
		Executor: executor, RunID: runID, Chunk: chunk, Offset: 10 * chunk, Items: 10, Worker: 1, Started: epoch,
	}
	s.chunkEnd = core.ChunkEnd{
		ChunkStart: s.chunkStart, Ended: epoch.Add(took), Duration: took, ItemsDone: 10, ItemsFailed: 1,
		Outcome: core.OutcomeError, Err: err, Attempts: 1, RunItems: 100, RunItemsDone: 40, RunElapsed: took,
	}
	s.itemFailure = core.ItemFailure{
		Executor: executor, RunID: runID, Chunk: chunk, Worker: 1, At: epoch, Index: 10*chunk + 1, Items: 1,
		Outcome: core.OutcomeError, Err: err,
	}
	s.progress = core.Progress{
		Executor: executor, RunID: runID, At: epoch, Items: 100, ItemsDone: 40, ItemsFailed: 1, Chunks: 4,
		ChunksActive: 2, OldestChunkStart: epoch, Elapsed: took, Throughput: 160, AverageThroughput: 150,
		Remaining: core.Estimate{Known: true, Expected: took, Low: took / 2, High: 2 * took},
	}
	s.anomaly = core.Anomaly{
		Executor: executor, RunID: runID, At: epoch, Kind: core.AnomalySlowChunk, Chunk: chunk, Worker: 1,
		Value: 9, Expected: 0.25, Message: "chunk 3 takes 9s where 250ms are usual",
	}
	s.fault = core.Fault{
		Executor: executor, RunID: runID, At: epoch, Hook: "other", Moment: core.MomentChunkEnd,
		Kind: core.FaultPanic, Value: err, Stack: []byte("goroutine 1 [running]:"),
	}
	return s
}

// errSample is the failure of a sample where nothing hangs on it.
var errSample = &core.ItemError{Index: 31, Err: errors.New("no such file")}
