// Package otelhook exports runs and chunks as OpenTelemetry spans and metrics.
//
//	hook := otelhook.New() // to the global providers
//	defer hook.Shutdown(context.Background())
//	executor := core.NewExecutor(core.WithName("import"))
//	executor.Register(hook)
//	_, err := core.Map(ctx, executor, items, work)
//
// It needs OpenTelemetry's API only. The program sets up the SDK, and decides
// about exporters, sampling, temporality and views. One hook serves all executors
// of a provider.
//
// # Spans
//
// A run has a span of kind internal, "run import", a child of the caller's span.
// A chunk has one, "chunk import", a child of the run's; the spans of user code
// are children of the chunk's. [WithChunkSpans] chooses which chunks get a span,
// and [WithMaxChunkSpans] limits how many. A run that is not recorded makes no
// spans for its chunks. The slowest chunks are known when the run ends: their
// spans end then, with their true times, or after a minute.
//
// Both have the attributes chunkscope.executor, chunkscope.run.id,
// chunkscope.outcome ("ok", "error", "panic" or "canceled", of a run also
// "partial") and those of [WithSpanAttributes].
//
//	run     chunkscope.run.items                 if the total is known
//	        chunkscope.run.workers               if there is a limit
//	        chunkscope.run.items_done, .items_failed, .chunks, .chunks_failed
//	        chunkscope.chunk.spans_dropped       chunks without a span because of the limit, if there are any
//	        the attributes given with core.WithRun, by their own names
//	chunk   chunkscope.chunk.index, .offset, .items
//	        chunkscope.chunk.items_done          if not all are
//	        chunkscope.chunk.items_failed        if any failed
//	        chunkscope.chunk.attempts            if it was tried more than once
//	        chunkscope.chunk.waited              seconds that it waited elsewhere, if it did
//	        chunkscope.chunk.poison              if it was given up, as workers were lost with it
//	        chunkscope.chunk.slow                if it is slow, see ChunkSpans
//	        chunkscope.chunk.name                if it failed or took a second, and has a name; see core.NameFrom
//	        chunkscope.worker.index
//	        chunkscope.worker.remote             if the work was done elsewhere
//	        chunkscope.remote.workers_lost       if remote workers were lost with it
//
// The status is Error where the outcome is error or panic, and for a run that
// missed its deadline; otherwise it is unset. The error itself is on the innermost
// span alone, as error.type: on the chunk's, or on the run's if no chunk's span
// has one. A missed deadline has the error.type timeout. A run that was cancelled
// and interrupted chunks have the outcome canceled and no error, because a caller
// wanted that. Nor has a run with the outcome partial, whose failures are tolerated.
// There are no span events.
//
// # Metrics
//
// All have the attribute chunkscope.executor but the last four. In the table,
// outcome is chunkscope.outcome and type is error.type, which is absent where the
// outcome is ok or partial.
//
//	name                        instrument          unit        attributes
//	chunkscope.run.duration     histogram           s           outcome, type
//	chunkscope.run.active       up-down counter     {run}
//	chunkscope.run.remaining    gauge               s           while there is an estimate
//	chunkscope.chunk.duration   histogram           s           outcome, type
//	chunkscope.chunk.size       histogram           {item}
//	chunkscope.chunk.wait       histogram           s           once chunks are done elsewhere, as the next two
//	chunkscope.chunk.attempts   counter             {attempt}
//	chunkscope.remote.workers_lost counter          {worker}
//	chunkscope.chunk.active     up-down counter     {chunk}
//	chunkscope.items            counter             {item}      outcome, type
//	chunkscope.items.expected   up-down counter     {item}
//	chunkscope.progress         gauge               1           while a run of known total is active
//	chunkscope.throughput       gauge               {item}/s
//	chunkscope.worker.limit     up-down counter     {worker}
//	chunkscope.worker.active    up-down counter     {worker}
//	chunkscope.worker.busy      counter             s           time in user code, added with each chunk
//	chunkscope.hook.faults      counter             {fault}     chunkscope.hook
//	chunkscope.hook.delivered   counter             {message}   chunkscope.hook; its own spans and WithStatsFrom, as what follows
//	chunkscope.hook.dropped     counter             {message}   chunkscope.hook, chunkscope.reason
//	chunkscope.hook.errors      counter             {error}     chunkscope.hook
//	chunkscope.hook.pending     up-down counter     {message}   chunkscope.hook
//
// Each counter of core.NewCounter is chunkscope.NAME, with its unit: By for bytes, s for
// seconds, and otherwise its word in braces.
//
// The count of a duration is the number of runs or chunks. A reader gets the
// active runs and their progress when it collects, at most 100 ms old; several
// runs of one executor are added up. The histograms advise buckets from 100 µs to
// 1 h for chunks and from 0.1 s to 24 h for runs. The context of a measurement is
// the chunk's, so that exemplars lead to its span. The number of series is
// bounded: 200 executors, then "_other"; 32 types of errors for each, then
// "_other"; never a run's id, a worker or a chunk.
//
// # When something fails
//
// The hook does no I/O, starts no goroutine that lasts and never makes a worker
// wait. The providers deliver spans and metrics: a batching processor drops what
// its queue has no room for. The hook reports instruments that a meter refuses to
// OpenTelemetry's error handler, once, and works without them. A provider that was
// shut down first accepts nothing more, and Flush and Shutdown of the hook return
// an error that says so. They return by their context's deadline, or after 8 s if
// it has none, and a tenth of a second later if an exporter is stuck.
//
// A span is delivered, as far as the hook can see, once it has ended: the provider
// has it then, and the SDK does not say what becomes of it. With an exporter that
// reports to [Hook.SpansExported], and a span processor that reports to
// [Hook.SpansEnded] and [Hook.SpansDropped], the hook counts to the backend's
// answer: [Hook.Stats] and the metrics of the hook's health say what was dropped
// and why, the hook logs it, without those secrets that [WithSecrets] names, and
// Shutdown returns it. Package exporters has both.
//
// Texts of errors are exported only with [WithErrorMessages].
package otelhook
