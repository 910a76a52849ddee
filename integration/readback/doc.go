// Package readback runs a job with all exporters on and reads back what reached
// every backend, with the programs and libraries that others wrote for them:
// each must tell the same numbers as a ledger that was kept of the events
// themselves, and so all tell the same.
//
// A number is a fact. Facts have names that do not depend on a backend, and what
// is before the slash is the group:
//
//	total.runs, total.items, total.items_failed, total.chunks, total.chunks_failed
//	runs/OUTCOME, chunks/OUTCOME, items/OUTCOME
//	failures/TYPE      errors, panics and exits, by the word for their type
//	failed/TYPE        items that failed with them
//	sizes              the lengths of all chunks together
//	seconds.runs, seconds.chunks, seconds.workers
//	active.runs, active.items
//	run.outcome/ID/OUTCOME, run.items/ID, run.items_failed/ID, run.chunks/ID,
//	run.chunks_failed/ID, run.seconds/ID
//
// What is 0 is no fact.
package readback
