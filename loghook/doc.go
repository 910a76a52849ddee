// Package loghook tells a log/slog logger what an executor's runs do.
//
//	hook, err := loghook.New(loghook.WithProgress(time.Minute))
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // writes what is left, and tells what was lost
//	exec.Register(hook)
//
// # Records
//
// The message is one of these words and nothing else, so that it can be searched
// for; what varies is in attributes. All records have executor and run, the
// run's id.
//
//	message            level  attributes
//	run started        INFO   items, workers, attrs
//	item failed        WARN   index, chunk, worker, outcome, type, error
//	chunk failed       WARN   index, items, chunk, worker, outcome, type, error
//	more items failed  WARN   items, type, error
//	run progress       INFO   items, items_done, items_failed, percent, chunks, chunks_active,
//	                          elapsed, throughput, remaining_low, remaining_high
//	anomaly began      WARN   kind, chunk, worker, value, expected, text
//	anomaly ended      INFO   the same
//	run ended          INFO   outcome, items, items_done, items_failed, chunks, chunks_failed,
//	                          duration, throughput, error
//
// "run ended" is at WARN if its outcome is canceled, and at ERROR if it is error
// or panic. Numbers are counts; elapsed, remaining and duration are times, which
// slog's handlers write in their own way; throughput is in items per second. An
// attribute that says nothing is left out: items of an unknown total, remaining
// as long as there is no forecast, error where there is none. attrs is a group
// of what core.WithRun gave, at most 16 of them.
//
// The first 5 failures of a run are told one by one. Those after them are
// counted, and the number is told with the next failure that comes 10 s or more
// after the record before; "run ended" counts them all. "run progress" comes
// only with WithProgress. A record's time is that of its event, and its context
// is the run's, so that handlers find the span that it belongs to.
//
// Texts that come from outside are cleaned: one line, without control
// characters, at most 128 bytes of a name and 300 of an error.
//
// # What it costs, and what happens on failure
//
// Chunks cost nothing, as the hook does not observe them. A failure makes a
// record in memory or is counted. One goroutine, started by the first run and
// ended by Shutdown, gives the records to the logger; 256 may wait for it. A
// logger that blocks holds up no worker, and a run's end for at most 10 ms,
// which it waits for its own record. When the queue is full, progress gives way
// to failures, these to starts and these to ends. A handler that fails or panics
// costs its record.
//
// Stats counts records: delivered are those that the handler took, or that its
// level keeps out; dropped are those that are "superseded" (progress, by newer
// progress of the same run), "handler_error", "queue_full", "shutdown" (Shutdown
// could not wait longer) or "closed" (they came after it).
package loghook
