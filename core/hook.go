package core

import "context"

// Hook is the base of every hook: a name. A hook also implements at least one
// of the Hook… interfaces below, each for one moment of a run.
//
// # Rules
//
//  1. Starts are called in the order of registration, ends in reverse. Every end
//     gets the context that its own start returned. An end without a start gets
//     the context as it stood at the hook's place in that order. The contexts of
//     run ends, worker ends, Progress and Fault are never cancelled, so their I/O
//     works after a cancelled run too.
//  2. The context that a start returns flows to the later hooks, to user code
//     and to that hook's end. Only its values flow: cancellation stays the run's,
//     whatever the hook returns. Nil keeps the context as it was.
//  3. Every start has exactly one end, whether the work succeeds, fails, panics,
//     exits its goroutine or is cancelled.
//  4. Hooks observe. They stop, retry and change nothing.
//  5. Hooks of runs, workers, chunks and failures are called concurrently, with no
//     lock held, on the goroutine that does the work. Progress and Anomaly are
//     called on one goroutine of the run, one at a time. A hook may call back into
//     the executor.
//  6. A run survives a hook that panics or exits its goroutine. That is a Fault;
//     the first of each hook and run is logged. The hook stays registered, and the
//     other hooks are called. A hook that has not returned after ten seconds is a
//     fault too, reported once; the run waits for it.
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

// HookProgress is called with the progress of a run: at most once per progress
// interval, at least once per heartbeat even if nothing ends, and always at the
// end. Only the run's end waits for it, no chunk does.
type HookProgress interface {
	Hook
	OnProgress(ctx context.Context, e Progress)
}

// HookAnomaly is called when a run behaves unlike itself, and when that is over.
type HookAnomaly interface {
	Hook
	OnAnomaly(ctx context.Context, e Anomaly)
}

// HookFault is called when a hook misbehaves: concurrently, on the goroutine
// where it happened, and for a stuck hook on another one. A fault in OnFault
// itself is logged only.
type HookFault interface {
	Hook
	OnFault(ctx context.Context, e Fault)
}

// Flusher is implemented by hooks that buffer. Executor.Shutdown calls Flush
// when the last run has ended.
type Flusher interface {
	Flush(ctx context.Context) error
}

// Shutdowner is implemented by hooks that hold goroutines or connections.
// The executor never calls Shutdown: the creator of a hook does, best with
// ShutdownAll. Shutdown delivers what the hook holds until its context ends, for
// 8 s if that has no deadline. It is idempotent, safe at any moment, and returns
// what was lost.
type Shutdowner interface {
	Shutdown(ctx context.Context) error
}

// StatsReporter is implemented by hooks that send to a back end, which may be
// slow, full or gone. Others export their health.
type StatsReporter interface {
	Hook
	Stats() HookStats
}

// HookStats is the health of a hook since its creation. At any instant
// Produced = Delivered + the sum of Dropped + Pending.
type HookStats struct {
	Produced, Delivered, Pending uint64
	// Errors counts failed attempts. A message that is delivered at the second
	// attempt counts one error and is delivered.
	Errors uint64
	// Dropped counts what the hook gave up, by reason. The map is the caller's.
	Dropped map[string]uint64
}
