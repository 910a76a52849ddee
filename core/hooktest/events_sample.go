package hooktest

import (
	"errors"
	"maps"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// eventSet has one event of each kind. Its zero value has the zero event of each
// kind.
type eventSet struct {
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

// sampleTime is when sample events begin: fixed, so that every test run is the same.
var sampleTime = time.Date(2001, time.February, 3, 4, 5, 6, 7, time.UTC)

// sampleEvents returns events of a run of 100 items. One item of chunk 3 fails with err.
func sampleEvents(executor, runID string, err error) eventSet {
	return sampleEventsOf(executor, runID, 3, err)
}

// sampleEventsOf is sampleEvents with a failure in another chunk, of ten items.
func sampleEventsOf(executor, runID string, chunk int, err error) eventSet {
	const took = 250 * time.Millisecond
	custom := func() []core.CounterValue { return []core.CounterValue{{Name: sampleCounter, Unit: "rows", Value: 7}} }
	var events eventSet
	events.runStart = core.RunStart{
		Executor: executor, RunID: runID, Attrs: map[string]string{"source": "test"},
		Items: 100, Workers: 2, Started: sampleTime,
	}
	events.runEnd = core.RunEnd{
		RunStart: events.runStart, Ended: sampleTime.Add(took), Duration: took, ItemsDone: 100, ItemsFailed: 1,
		Chunks: 10, ChunksFailed: 1, Outcome: core.OutcomeError,
		Err:    &core.RunError{Executor: executor, RunID: runID, Outcome: core.OutcomeError, Items: 100, ItemsDone: 100, ItemsFailed: 1, Errors: []error{err}},
		Custom: custom(),
	}
	events.runEnd.Attrs = maps.Clone(events.runStart.Attrs) // each event has its own copy
	events.workerStart = core.WorkerStart{Executor: executor, RunID: runID, Worker: 1, Started: sampleTime}
	events.workerEnd = core.WorkerEnd{WorkerStart: events.workerStart, Ended: sampleTime.Add(took), Busy: took / 2, Chunks: 5, Items: 50}
	events.chunkStart = core.ChunkStart{
		Executor: executor, RunID: runID, Chunk: chunk, Offset: 10 * chunk, Items: 10, Worker: 1, Started: sampleTime,
	}
	events.chunkEnd = core.ChunkEnd{
		ChunkStart: events.chunkStart, Ended: sampleTime.Add(took), Duration: took, ItemsDone: 10, ItemsFailed: 1,
		Outcome: core.OutcomeError, Err: err, Attempts: 1, RunItems: 100, RunItemsDone: 40, RunElapsed: took,
		Custom: custom(),
	}
	events.itemFailure = core.ItemFailure{
		Executor: executor, RunID: runID, Chunk: chunk, Worker: 1, At: sampleTime, Index: 10*chunk + 1, Items: 1, Name: sampleName,
		Outcome: core.OutcomeError, Err: err,
	}
	events.progress = core.Progress{
		Executor: executor, RunID: runID, At: sampleTime, Items: 100, ItemsDone: 40, ItemsFailed: 1, Chunks: 4,
		ChunksActive: 2, ChunksWaiting: 1, OldestChunk: core.ActiveChunk{Chunk: 6, Offset: 60, Items: 10, Worker: 1, Started: sampleTime, Name: sampleName}, Elapsed: took, Throughput: 160, AverageThroughput: 150,
		Remaining: core.Estimate{Known: true, Expected: took, Low: took / 2, High: 2 * took},
	}
	events.anomaly = core.Anomaly{
		Executor: executor, RunID: runID, At: sampleTime, Kind: core.AnomalySlowChunk, Chunk: chunk, Worker: 1,
		Value: 9, Expected: 0.25, Message: "chunk 3 takes 9s where 250ms are usual",
	}
	events.fault = core.Fault{
		Executor: executor, RunID: runID, At: sampleTime, Hook: "other", Moment: core.MomentChunkEnd,
		Kind: core.FaultPanic, Value: err, Stack: []byte("goroutine 1 [running]:"),
	}
	return events
}

// The names in sample events. No counter of the process has the name: core sends only
// those of NewCounter, and a hook must survive others.
const (
	sampleName    = "2026/a.csv"
	sampleCounter = "sample_rows"
)

// errSample is the failure in sample events where the error does not matter.
var errSample = &core.ItemError{Index: 31, Err: errors.New("no such file")}
