// Package termhook shows the progress of runs: on a terminal in lines that are
// redrawn in place, elsewhere as a line of text now and then, or as JSON for
// programs. When a run ends it shows a summary, failures first.
//
//	hook, err := termhook.New()
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // shows the pending summaries
//	exec.Register(hook)
//	log.SetOutput(hook.Writer()) // log lines go above the progress
//
// # Modes
//
// WithMode, or else the environment variable CHUNKSCOPE_PROGRESS, is one of:
//
//	auto   tty on a terminal, else plain; the default
//	tty    lines redrawn in place; New fails if the writer is no terminal
//	plain  at most one line in 5 s, and one at the end of each run
//	json   one JSON object a line, at most one in 1 s of a run
//	none   nothing: no byte, no goroutine, and no cost in a run
//
// Mode auto is plain if the writer is no terminal, if the size of the terminal is
// unknown or less than five rows, if TERM is dumb, or if CI is set to anything
// but "false". The writer is standard error by default; see WithWriter. An empty
// variable is treated as unset. NO_COLOR leaves out the colors. A locale that is
// not UTF-8 gets a bar of # and -.
//
// # On a terminal
//
//	nightly  █████▏····  52%  521,000/1,000,000  12.4k/s  eta 39s-46s  fail 12  w 16/16
//
// A line shows, from left to right, the executor, the items done, the items per
// second over the last five seconds, the remaining time, the failed items, and
// the active chunks and the workers. If the line is too wide, columns are left
// out in this order: w, rate, items, bar. At most four runs have a line, and each
// gets it 500 ms after its start. Lines are redrawn when they change, at most ten
// times a second.
//
// The remaining time is core's estimate, with two digits. It is a range if its
// ends differ by 15 % or more, and changes once a second. A run is stalled if it
// finished no item for 30 s, and for three times the duration of its third
// slowest chunk. Its line shows that in place of the remaining time.
//
// The cursor is never hidden and no terminal mode is changed, so that a killed
// program leaves nothing to restore. The escape sequences erase the rest of a
// line (EL) and what is below (ED), move the cursor up (CUU), and set three
// colors (SGR). Between two frames the cursor is at the beginning of the
// progress. So output that does not go through Writer is not lost, and the
// terminal may wrap the lines when its size changes.
//
// # Summary
//
// When a run ends, a summary replaces its line: the outcome, the counts, the
// first five failures, the three slowest chunks, the counters of core.NewCounter, and for each worker its items
// and the percentage of the run it was busy. Of more than 16 workers it shows the
// range. A run that succeeds in less than 500 ms gets the first line only. At
// most 8 runs in 5 s get a summary of their own; the others are shown as a
// number. JSON has an object for every run.
//
// With WithPage, the URL of a page is the first line on the terminal, and the last
// one of a summary.
//
// The file docs/terminal.md documents the plain lines and the JSON objects.
//
// # What it costs, and what happens on failure
//
// Workers touch memory only. A chunk costs a look-up and a comparison, without an
// allocation. Each of a run's first five failures costs its text. One goroutine
// writes; it exists while there is a run to show. A slow or blocked writer delays
// only the output. The end of a run waits for its summary, at most 25 ms, so that
// what the program prints next comes after it. If the writer returns an error,
// panics or calls runtime.Goexit, that one write is lost, and the next one is
// tried as usual. Stats counts the losses. If standard error is a pipe without a
// reader, the first write ends the program, as in every Go program.
//
// Names and error texts are cleaned: one line, no control or format characters,
// at most 128 bytes of a name, 272 of the names of a chunk, and 300 of an error.
// Failures, chunks of a second or more and one that runs for long have the names of
// core.WithItemName and core.WithChunkName.
package termhook
