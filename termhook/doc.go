// Package termhook shows how far runs are: on a terminal as lines that are
// redrawn in place, elsewhere as a line of text now and then, or as JSON for
// programs. It sums every run up when it ends, failures first.
//
//	hook, err := termhook.New()
//	if err != nil {
//		return err
//	}
//	defer hook.Shutdown(ctx) // shows what is left
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
// Automatically, plain is chosen where the writer is no terminal, the terminal
// does not tell its size or has fewer than five rows, TERM is dumb, or CI is set
// to anything but "false". The writer is standard error unless WithWriter says
// otherwise. A variable that is empty is as good as unset. NO_COLOR leaves out
// the colours. A locale that is not UTF-8 gets a bar of # and -.
//
// # On a terminal
//
//	nightly  █████▏····  52%  521,000/1,000,000  12.4k/s  eta 39s-46s  fail 12  w 16/16
//
// From left to right: the executor, how much is done, items per second over the
// last five seconds, the time that remains, failed items, and running chunks of
// workers. Where that is too wide, columns go in this order: w, rate, items,
// bar. At most four runs have a line, from 500 ms after their start on. Nothing
// is redrawn that has not changed, and nothing more than ten times a second.
//
// The time that remains is core's estimate, as a range unless its ends are
// within 15 %, with two digits, and changes once a second. A run that finished
// no item for 30 s, and for three times as long as its third slowest chunk took,
// is stalled: that is shown instead.
//
// The cursor is never hidden and no mode is changed, so that nothing has to be
// restored when the program is killed. The escape sequences are those that erase
// a line's rest (EL) and what is below (ED), go up (CUU), and set three colours
// (SGR). The cursor rests at the beginning of the progress: what others print
// does not get lost, though it belongs into Writer; and terminals may wrap the
// lines anew.
//
// # Summary
//
// When a run ends, its line gives way to a summary: outcome, counts, the first
// five failures, the three slowest chunks, and each worker's items and share of
// the run that it was busy (of more than 16 workers, the spread). A run that
// went well in less than 500 ms gets the first line only. Of runs that end in
// quick succession, 8 in 5 s are summed up one by one and the others as a
// number, except in JSON.
//
// What plain lines and JSON objects say is documented in docs/terminal.md.
//
// # What it costs, and what happens on failure
//
// Workers touch memory only. A chunk costs a look-up and a comparison, without
// an allocation; the first five failures of a run cost the making of a text. One
// goroutine, which exists while there is a run to show, writes. A writer that is
// slow or blocked delays nothing but the output; the end of a run waits at most
// 25 ms for its summary to be written, so that what the program prints next
// comes after it. A writer that fails or panics costs what was to be written;
// the next write is tried as usual. Stats counts all that. As with anything that
// writes to standard error, Go ends a program that does so when nobody reads the
// pipe any longer.
//
// Names and error texts are cleaned: one line, no control or format characters,
// at most 128 and 300 bytes.
package termhook
