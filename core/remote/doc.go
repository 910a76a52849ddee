// Package remote reports what happens to chunks that are done elsewhere: in another
// process or on another machine. It is for whoever writes the transport, over HTTP, a
// queue or pipes. The transport is the chunk's function:
//
//	err := core.ForEachChunk(ctx, exec, rows, func(ctx context.Context, rows []Row) error {
//		remote.Waiting(ctx)          // in the queue from here on
//		answer, err := queue.Do(ctx, rows, func() { remote.Started(ctx) })
//		remote.Report(ctx, remote.Result{Worker: answer.Host, Took: answer.Took})
//		return err
//	})
//
// # What hooks see
//
// Waiting is not work. [core.ChunkEnd.Duration] is the work wherever it was done, and
// Waited the rest of the call:
//
//   - Took of the [Result], at most the whole call; the other side measures it, so that no
//     clocks are compared;
//   - without it, the time since the last [Started];
//   - none, if the chunk was still waiting;
//   - the whole call, for a function that calls nothing of this package.
//
// A chunk that waits counts in [core.Progress.ChunksWaiting]. It is not active and not
// the oldest chunk, and so no alert calls it stuck. RemoteWorker, Attempts and WorkersLost
// of the end are those of the reports. Worker events stay those of this process' workers.
//
// Waiting and Started are for functions of MapChunks, ForEachChunk, StreamChunks and
// Run.Chunk. In Map, ForEach and Stream, where a chunk has many calls, they do nothing,
// and Took changes nothing. Everything here does nothing outside of chunks, is safe for
// concurrent use, and must happen before the chunk's function returns: what comes later
// is lost, or counts for a later chunk.
//
// # The other side
//
// [Serve] gives the other side a context with the identity of the chunk, in which
// core.ReportProgress and counters work as they do here. It starts no run and calls no
// hook: the run is counted once, where it is. A [Propagator] carries the trace.
package remote
