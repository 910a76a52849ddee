package core

import "context"

// Hook is what every hook has: a name. To be of use it also implements at
// least one of the Hook… interfaces below, each for one moment of a run.
//
// # Rules
//
//  1. Starts are called in the order of registration, ends in reverse. Every end
//     gets the context that its own start returned; an end without a start gets
//     the context as it stood at the hook's place in that order. The contexts of
//     run ends, worker ends, Progress and Fault are not cancelled, so that their
//     I/O works exactly when a run was.
//  2. The context a start returns flows to the later hooks, to the user's code
//     and to that hook's end. Only its values do: cancellation stays the run's,
//     whatever the hook returns. Nil keeps the context as it was.
//  3. There is exactly one end for every start, whether the work succeeds, fails,
//     panics, exits its goroutine or is cancelled.
//  4. Hooks observe. They cannot stop, retry or change anything.
//  5. Hooks of runs, workers, chunks and failures are called concurrently, with no
//     lock held, on the goroutine that does the work; Progress and Anomaly on one
//     goroutine of the run, one at a time. A hook may call back into the executor.
//  6. A hook that panics or exits its goroutine is survived: it becomes a Fault, of
//     which the first per hook and run is logged. The hook stays registered and
//     the others are called. A hook that is not back after ten seconds is a fault
//     too, reported once; the run waits for it.
//  7. A run keeps the hooks it began with.
type Hook interface {
	// HookName names the hook in faults, logs and metrics: "promhook" for
	// instance. It is constant, short and safe to call at any time.
	HookName() string
}

// HookRunStart is called once when a run begins, before its first chunk. For
// Map and Stream that is on a goroutine of the run, never the caller's.
type HookRunStart interface {
	Hook
	OnRunStart(ctx context.Context, e RunStart) context.Context
}

// HookRunEnd is called once when a run is over, after its last chunk and its
// last Progress.
type HookRunEnd interface {
	Hook
	OnRunEnd(ctx context.Context, e RunEnd)
}

// HookWorkerStart is called when a worker of Map, ForEach or Stream begins,
// on its goroutine. Runs of Executor.Start have no worker events.
type HookWorkerStart interface {
	Hook
	OnWorkerStart(ctx context.Context, e WorkerStart)
}

// HookWorkerEnd is called when a worker finds nothing more to do.
type HookWorkerEnd interface {
	Hook
	OnWorkerEnd(ctx context.Context, e WorkerEnd)
}

// HookChunkStart is called before each chunk, on the goroutine that will work
// on it. The user's function gets the values of the context that it returns.
type HookChunkStart interface {
	Hook
	OnChunkStart(ctx context.Context, e ChunkStart) context.Context
}

// HookChunkEnd is called after each chunk, on the goroutine that worked on it.
type HookChunkEnd interface {
	Hook
	OnChunkEnd(ctx context.Context, e ChunkEnd)
}

// HookItemFailure is called for each item that fails, and once for a chunk
// whose function fails as a whole, on the worker's goroutine before the work
// goes on, with the context the user's function had.
type HookItemFailure interface {
	Hook
	OnItemFailure(ctx context.Context, e ItemFailure)
}

// HookProgress is told how far a run is: at most once per progress interval,
// at least once per heartbeat even if nothing ends, and always at the end.
// However long it takes, no chunk waits for it; only the run's end does.
type HookProgress interface {
	Hook
	OnProgress(ctx context.Context, e Progress)
}

// HookAnomaly is told when a run behaves unlike itself.
type HookAnomaly interface {
	Hook
	OnAnomaly(ctx context.Context, e Anomaly)
}

// HookFault is told when a hook misbehaves, concurrently, on the goroutine
// where it happened; for a stuck hook on another one. A fault in OnFault
// itself is logged and goes no further.
type HookFault interface {
	Hook
	OnFault(ctx context.Context, e Fault)
}

// Flusher is implemented by hooks that hold data back. Executor.Shutdown
// calls it once the last run is over.
type Flusher interface {
	Flush(ctx context.Context) error
}

// Shutdowner is implemented by hooks that hold goroutines or connections.
// The executor never calls it: whoever constructed a hook shuts it down.
type Shutdowner interface {
	Shutdown(ctx context.Context) error
}

// StatsReporter is implemented by hooks that send to something that may be
// slow, full or gone, so that their own health can be watched.
type StatsReporter interface {
	Hook
	Stats() HookStats
}

// HookStats is the health of a hook since it was made. At any instant
// Produced = Delivered + the sum of Dropped + Pending.
type HookStats struct {
	Produced, Delivered, Pending uint64
	// Errors counts failed attempts; an attempt that is retried and succeeds
	// is both an error and, in the end, delivered.
	Errors uint64
	// Dropped counts what was given up, by reason. The map is the caller's.
	Dropped map[string]uint64
}
