// Package promhook exports runs to Prometheus: whether they are alive, how far and
// how fast they are, when they will end, what is stuck and what fails.
//
//	exec := core.NewExecutor(core.WithName("import"))
//	hook := promhook.New()
//	exec.Register(hook)
//	http.Handle("/metrics", hook.Handler()) // unless the program serves it already
//
// New registers with the default registerer, so that a program which serves its
// metrics needs nothing else. A job too short to be scraped uses a [Pusher],
// which pushes after each run, or calls [Hook.Push] itself. A job that belongs to
// one machine uses [Hook.WriteTextfile].
//
// # Metrics
//
// All names begin with chunkscope_, or with the namespace of [WithNamespace].
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
//	chunk_wait_seconds                           histogram  seconds  executor
//	chunk_attempts_total                         counter    -        executor
//	remote_workers_lost_total                    counter    -        executor
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
// Each counter of core.NewCounter is NAME_total, or NAME_UNIT_total where its unit is bytes
// or seconds, with the label executor.
//
// An executor's series exist from its first run on. Those of the outcomes ok,
// partial, error, panic and canceled, of the types panic, goexit, timeout and
// canceled, and of promhook's own faults begin at 0, so that the first failure shows
// as an increase. Only runs are partial: their failures are tolerated, and they count
// as a success. Items have no canceled, because an unfinished item does not count.
// Series of other error types, hooks and reasons begin when they first occur.
// run_expected_interval_seconds exists with [WithExpectedInterval], and the four
// of hooks' health with [WithStatsFrom] or a [Pusher].
//
// Several runs of one executor add up: counters and gauges are sums, and
// progress_ratio is the items done over the items expected in all active runs.
// Gauges of progress and of active chunks are at most as old as the interval of
// core.WithProgressInterval, by default 100 ms. A timestamp is 0 while there is
// none: queries of an age need > 0.
//
// Pushed groups have the labels job and process, and that of an executor its name;
// [WithPushProcess] says what process is. Files have the series with an executor
// label only, as node_exporter scrapes all files of a machine as one target.
//
// No label identifies a run, a chunk, a worker or a host. The first 200 executor
// names of a process have series of their own; later ones share the executor
// _other. The same holds for the first 32 error types, hooks and reasons. Label
// texts are valid UTF-8 of at most 128 bytes. A text that had to be changed ends
// in a hash, so that distinct texts stay distinct.
//
// # When something fails
//
// The hook does no I/O during a run, waits for nothing and has no goroutine;
// there is nothing to flush or shut down. New panics with an error on invalid
// options, and on other collectors' metrics of the same names. NewPusher, Push
// and WriteTextfile return errors and change nothing in the hook. A Pusher has a
// goroutine from the end of the first run until Shutdown. It logs failed pushes
// and counts them in its Stats. An exemplar that Prometheus does not allow is
// left out, and its observation counts.
package promhook
