// Package loghook logs what happens in an executor's runs, with log/slog.
//
//	hook, err := loghook.New(loghook.WithProgress(time.Minute))
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // logs the pending records, and reports lost ones
//	exec.Register(hook)
//
// # Records
//
// The message is always one of these texts, so that it can be searched for. What
// varies is in the attributes. All records have executor and run, the run's id.
//
//	message            level  attributes
//	run started        INFO   items, workers, attrs
//	item failed        WARN   index, name, chunk, worker, outcome, type, error
//	chunk failed       WARN   index, name, items, chunk, worker, outcome, type, error
//	more items failed  WARN   items, type, error
//	run progress       INFO   items, items_done, items_failed, percent, chunks, chunks_active, chunks_waiting,
//	                          elapsed, throughput, remaining_low, remaining_high
//	anomaly began      WARN   kind, chunk, worker, value, expected, text
//	anomaly ended      INFO   the same
//	run ended          INFO   outcome, items, items_done, items_failed, chunks, chunks_failed,
//	                          duration, throughput, counters, error
//
// "run ended" has level WARN if the outcome is partial or canceled, and ERROR if it is error
// or panic. Numbers are counts. elapsed, remaining and duration are of type
// time.Duration, which each handler formats in its own way. throughput is in
// items per second. An attribute without a value is left out: items if the total
// is unknown, remaining while there is no estimate, error if there is none, name
// without core.WithItemName and core.WithChunkName. counters is a group of the
// counters of core.NewCounter that the run added to, by their names.
// attrs is a group of the attributes of core.WithRun, at most 16 of them.
//
// The first 5 failures of a run are logged one by one. Later ones are counted,
// and their number is logged with the next failure that comes at least 10 s
// after the last record. "run ended" counts all of them. "run progress" is
// logged only with WithProgress. The time of a record is the time of its event.
// Its context has the values of the run's context, so that a handler finds the
// span.
//
// Names and error texts are cleaned: one line, without control characters, at
// most 128 bytes of a name and 300 of an error.
//
// # The program's own log
//
// [NewHandler] adds run, chunk, worker and the range of items to every record that
// the program logs with the context of a chunk. It needs no hook.
//
// # What it costs, and what happens on failure
//
// Chunks cost nothing, as the hook does not observe them. A failure makes a
// record in memory or is counted. One goroutine gives the records to the logger.
// The first run starts it, and Shutdown ends it. At most 256 records wait in its
// queue. A logger that blocks delays no worker, and the end of a run by at most
// 10 ms. A full queue drops progress first, then failures, then starts, and ends
// last. A handler that returns an error, panics or calls runtime.Goexit costs
// that one record.
//
// Stats counts records. Those that the handler took, or that are below its
// level, are delivered. The reasons of dropped ones are:
//
//	superseded     by newer progress of the same run
//	handler_error  the handler failed
//	queue_full     the handler was too slow
//	shutdown       still pending when the time of Shutdown was up
//	closed         made after Shutdown
package loghook
