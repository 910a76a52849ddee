// Package readback runs a job with all exporters and reads the results back
// from every back end, with programs and libraries of other projects. Each must
// report the numbers that follow from the events themselves, so all report the
// same.
//
// A number is a fact. The name of a fact does not depend on a back end. The
// part before the slash is its group:
//
//	total.runs, total.items, total.items_failed, total.chunks, total.chunks_failed
//	runs/OUTCOME, chunks/OUTCOME, items/OUTCOME
//	failures/TYPE      errors, panics and exits, by their type
//	failed/TYPE        items that failed with them
//	sizes              the lengths of all chunks together
//	seconds.runs, seconds.chunks, seconds.workers
//	active.runs, active.items
//	run.outcome/ID/OUTCOME, run.items/ID, run.items_failed/ID, run.chunks/ID,
//	run.chunks_failed/ID, run.seconds/ID
//
// A fact that would be 0 is left out.
package readback
