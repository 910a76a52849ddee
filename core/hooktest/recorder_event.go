package hooktest

import "github.com/chunkscope/chunkscope/core"

// AnyEvent is any of the events that a hook observes.
type AnyEvent interface {
	core.RunStart | core.RunEnd | core.WorkerStart | core.WorkerEnd | core.ChunkStart |
		core.ChunkEnd | core.ItemFailure | core.Progress | core.Anomaly | core.Fault
}

// Event is one call of a Recorder.
type Event struct {
	// Moment is the moment of the method that was called: core.MomentChunkEnd for OnChunkEnd.
	Moment core.Moment
	// Executor and RunID identify the run.
	Executor, RunID string
	// Value is the event, one of AnyEvent: a core.ChunkEnd for core.MomentChunkEnd.
	Value any
}

// String describes the event in one line, such as
//
//	chunk_end #3 [30:40) worker=1 ok
//
// without times and ids. Names, errors and other texts of users are quoted and
// cut to 200 bytes.
func (e Event) String() string { return formatEvent(e, true) }

// newEvent returns the Event of an argument of a hook's method.
func newEvent(value any) Event {
	e := Event{Value: value}
	switch v := value.(type) {
	case core.RunStart:
		e.Moment, e.Executor, e.RunID = core.MomentRunStart, v.Executor, v.RunID
	case core.RunEnd:
		e.Moment, e.Executor, e.RunID = core.MomentRunEnd, v.Executor, v.RunID
	case core.WorkerStart:
		e.Moment, e.Executor, e.RunID = core.MomentWorkerStart, v.Executor, v.RunID
	case core.WorkerEnd:
		e.Moment, e.Executor, e.RunID = core.MomentWorkerEnd, v.Executor, v.RunID
	case core.ChunkStart:
		e.Moment, e.Executor, e.RunID = core.MomentChunkStart, v.Executor, v.RunID
	case core.ChunkEnd:
		e.Moment, e.Executor, e.RunID = core.MomentChunkEnd, v.Executor, v.RunID
	case core.ItemFailure:
		e.Moment, e.Executor, e.RunID = core.MomentItemFailure, v.Executor, v.RunID
	case core.Progress:
		e.Moment, e.Executor, e.RunID = core.MomentProgress, v.Executor, v.RunID
	case core.Anomaly:
		e.Moment, e.Executor, e.RunID = core.MomentAnomaly, v.Executor, v.RunID
	case core.Fault:
		e.Moment, e.Executor, e.RunID = core.MomentFault, v.Executor, v.RunID
	}
	return e
}
