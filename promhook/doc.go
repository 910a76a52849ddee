// Package promhook shows runs in Prometheus: whether they are alive, how far
// and how fast they are, when they will end, what is stuck and what fails.
//
//	exec := core.NewExecutor(core.WithName("import"))
//	hook := promhook.New()
//	exec.Register(hook)
//	http.Handle("/metrics", hook.Handler()) // unless the program serves it already
//
// New registers with the default registerer, so that a program which serves its
// metrics has nothing else to do. Jobs too short to be scraped use [Hook.Push]
// or, where they belong to one machine, [Hook.WriteTextfile].
//
// # Metrics
//
// All names begin with chunkscope_, or what [WithNamespace] says.
//
//	name                                         kind       unit     labels
//	runs_total                                   counter    -        executor, outcome
//	run_duration_seconds                         histogram  seconds  executor
//	runs_active                                  gauge      -        executor
//	run_last_start_timestamp_seconds             gauge      seconds  executor
//	run_last_completion_timestamp_seconds        gauge      seconds  executor
//	run_last_success_timestamp_seconds           gauge      seconds  executor
//	run_last_duration_seconds                    gauge      seconds  executor
//	oldest_run_start_timestamp_seconds           gauge      seconds  executor
//	run_estimated_completion_timestamp_seconds   gauge      seconds  executor
//	run_expected_interval_seconds                gauge      seconds  executor
//	chunks_total                                 counter    -        executor, outcome
//	chunk_duration_seconds                       histogram  seconds  executor
//	chunk_size_items                             histogram  items    executor
//	chunks_active                                gauge      -        executor
//	oldest_chunk_start_timestamp_seconds         gauge      seconds  executor
//	items_total                                  counter    -        executor, outcome
//	items_expected                               gauge      -        executor
//	progress_ratio                               gauge      ratio    executor
//	workers                                      gauge      -        executor
//	workers_active                               gauge      -        executor
//	worker_busy_seconds_total                    counter    seconds  executor
//	errors_total                                 counter    -        executor, type
//	hook_faults_total                            counter    -        executor, hook
//	hook_delivered_total                         counter    -        hook
//	hook_dropped_total                           counter    -        hook, reason
//	hook_errors_total                            counter    -        hook
//	hook_pending                                 gauge      -        hook
//	build_info                                   gauge      -        version, goversion
//
// An executor's series exist from its first run on: those of the four outcomes
// (ok, error, panic, canceled; items have no canceled, as one that did not
// finish does not count), of the types panic, goexit, timeout and canceled,
// and of promhook's own faults at 0, so that the first failure shows as an
// increase. Other types of errors, other hooks and their reasons appear as they
// come. run_expected_interval_seconds is there with [WithExpectedInterval], and
// the four of hooks' health with [WithStatsFrom].
//
// Several runs of one executor add up: counters and gauges are sums, and
// progress_ratio is the items done over the items expected in all active runs.
// Gauges of progress and of active chunks are at most 100 ms old, or as old as
// core.WithProgressInterval says. A timestamp is 0 where there is nothing to
// tell: queries of an age need > 0.
//
// Labels never tell a run, a chunk, a worker or a host. The first 200 executor
// names of a process have series of their own, and share the executor _other
// beyond that; so do types of errors, hooks and reasons beyond 32. Texts are made
// valid and cut at 128 bytes, with a hash that keeps them apart.
//
// # When something fails
//
// The hook does no I/O while runs are under way, waits for nobody and has no
// goroutine; there is nothing to flush or shut down. New panics on options that
// make no sense and on metrics of the same names that are not this package's. Push
// and WriteTextfile return errors and change nothing in the hook. An exemplar
// that Prometheus does not allow is left out, and its observation counts.
package promhook
