package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/chunkscope/chunkscope/core"
)

// plainInterval is the least time between two lines where out is no terminal.
const plainInterval = 5 * time.Second

// showProgress returns a hook that tells on out how far the run is: on one
// line in place if out is a terminal, else on a new line now and then, as is
// right for a log.
func showProgress(out io.Writer) core.Hook {
	if columns(out) > 0 {
		return rewriteLine(out, columns)
	}
	return core.Every(plainInterval, core.OnProgress(func(p core.Progress) {
		fmt.Fprintln(out, progressLine(p))
	}))
}

// rewriteLine returns a hook that keeps one line of a terminal up to date and
// goes to the next one when the run is over. The executor's own limit of ten
// Progress a second is just right for the eye.
func rewriteLine(terminal io.Writer, columns func(io.Writer) int) core.Hook {
	return core.MultiHook(
		core.OnProgress(func(p core.Progress) {
			// Shorter than the terminal is wide, for a full line would wrap;
			// filled with spaces, for the last one may have been longer; and
			// back to its start, so that what others write does not wrap.
			width := max(min(columns(terminal), 80)-1, 0)
			fmt.Fprintf(terminal, "\r%-*.*s\r", width, width, progressLine(p))
		}),
		core.OnRunEnd(func(core.RunEnd) { fmt.Fprintln(terminal) }),
	)
}

// columns returns the width of the terminal that w is, 0 if it is none.
func columns(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// progressLine is p in words of plain ASCII, the most important ones first.
func progressLine(p core.Progress) string {
	var b strings.Builder
	percent, _ := p.Percent()
	fmt.Fprintf(&b, "%s %3d%%  %s of %s files", p.Executor, int(percent), decimal(p.ItemsDone), decimal(p.Items))
	if p.ItemsFailed > 0 {
		fmt.Fprintf(&b, ", %s failed", decimal(p.ItemsFailed))
	}
	fmt.Fprintf(&b, "  %s/s", decimal(int(math.Round(p.Throughput))))
	if p.Remaining.Known && p.ItemsDone < p.Items {
		fmt.Fprintf(&b, "  about %v left", p.Remaining.Expected.Truncate(time.Second)+time.Second)
	}
	return b.String()
}
