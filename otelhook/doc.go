// Package otelhook makes OpenTelemetry spans and metrics of runs and chunks.
//
//	hook := otelhook.New() // to the global providers
//	defer hook.Shutdown(context.Background())
//	executor := core.NewExecutor(core.WithName("import"))
//	executor.Register(hook)
//	_, err := core.Map(ctx, executor, items, work)
//
// It needs OpenTelemetry's API only; the program sets up the SDK and decides
// about exporters, sampling, temporality and views. One hook serves all
// executors of a provider.
//
// # Spans
//
// A run is a span of kind internal, "run import", below the caller's span; a
// chunk is one, "chunk import", below the run's; what user code records is
// below its chunk's. [WithChunkSpans] chooses which chunks get one and
// [WithMaxChunkSpans] how many at most. Of a run that is not recorded nothing
// but its unrecorded span is made.
//
// On both: chunkscope.executor, chunkscope.run.id, chunkscope.outcome ("ok",
// "error", "panic" or "canceled") and the attributes of [WithSpanAttributes].
//
//	run     chunkscope.run.items                 if the total is known
//	        chunkscope.run.workers               if there is a limit
//	        chunkscope.run.items_done, .items_failed, .chunks, .chunks_failed
//	        chunkscope.chunk.spans_dropped       chunks without a span because of the limit, if any
//	        the attributes given with core.WithRun, by their own names
//	chunk   chunkscope.chunk.index, .offset, .items
//	        chunkscope.chunk.items_done          if not all are
//	        chunkscope.chunk.items_failed        if any did
//	        chunkscope.chunk.attempts            if it was tried more than once
//	        chunkscope.worker.index
//	        chunkscope.worker.remote             if the work was done elsewhere
//
// The status of what succeeds is unset. A chunk or run whose outcome is error or
// panic has the status Error, and the error is told once, as error.type on the
// innermost span: the chunk's, or the run's if no chunk's span tells of one. A
// run that is cancelled has the outcome canceled and its status unset, since
// somebody wanted that; one that missed a deadline has the status Error and the
// error.type timeout. Interrupted chunks have the outcome canceled and no
// error. There are no span events.
//
// # Metrics
//
// All have the attribute chunkscope.executor but the last four; outcome and
// type are chunkscope.outcome and error.type, the latter absent where the
// outcome is ok.
//
//	name                        instrument          unit        attributes
//	chunkscope.run.duration     histogram           s           outcome, type
//	chunkscope.run.active       up-down counter     {run}
//	chunkscope.run.remaining    gauge               s           while there is an estimate
//	chunkscope.chunk.duration   histogram           s           outcome, type
//	chunkscope.chunk.size       histogram           {item}
//	chunkscope.chunk.active     up-down counter     {chunk}
//	chunkscope.items            counter             {item}      outcome, type
//	chunkscope.items.expected   up-down counter     {item}
//	chunkscope.progress         gauge               1           while a run of known total is active
//	chunkscope.throughput       gauge               {item}/s
//	chunkscope.worker.limit     up-down counter     {worker}
//	chunkscope.worker.active    up-down counter     {worker}
//	chunkscope.worker.busy      counter             s           time in user code, added with each chunk
//	chunkscope.hook.faults      counter             {fault}     chunkscope.hook
//	chunkscope.hook.delivered   counter             {message}   chunkscope.hook; with WithStatsFrom, as what follows
//	chunkscope.hook.dropped     counter             {message}   chunkscope.hook, chunkscope.reason
//	chunkscope.hook.errors      counter             {error}     chunkscope.hook
//	chunkscope.hook.pending     up-down counter     {message}   chunkscope.hook
//
// The number of runs and chunks is the count of their durations. Those that
// are active, and what follows from progress, are read when a reader collects
// and are at most 100 ms old then; runs of one executor at once are added up.
// The histograms advise buckets from 100 µs to 1 h for chunks and from 0.1 s to
// 24 h for runs. Measurements are made in the context of the chunk, so that
// exemplars lead to its span. Series are bounded: 200 executors, then "_other";
// 32 types of errors for each, then "_other"; never a run's id, a worker or a
// chunk.
//
// # When something fails
//
// The hook does no I/O, starts no goroutine and never makes a worker wait.
// Whether spans and metrics arrive is up to the providers: a batching
// processor drops what its queue has no room for. What a meter cannot make is
// told to OpenTelemetry's error handler once and left out. A provider that was
// shut down first takes nothing more, and Flush and Shutdown of the hook tell
// so. They return by their context's deadline, after eight seconds if it has
// none, whatever an exporter does.
//
// Texts of errors are not exported unless [WithErrorMessages] asks for them.
package otelhook
