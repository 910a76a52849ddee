package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/terminal"
)

// running is the state of a run that is not over; after that it is the outcome.
const running = "running"

// A board is the state of a dashboard.
type board struct {
	mu      sync.Mutex // hooks of chunks and of progress are called at once
	out     io.Writer
	drawn   int // lines on the terminal
	now     core.Progress
	slowest time.Duration
}

// dashboard returns a hook that shows one run on out.
func dashboard(out io.Writer) core.Hook {
	interval := 500 * time.Millisecond
	if columns, _ := terminal.Size(out); columns == 0 {
		interval = 5 * time.Second
	}
	b := &board{out: out}
	return core.MultiHook(
		core.Every(interval, core.OnProgress(b.progress)), // always gets the last one, too
		core.OnChunkEnd(b.chunk),
		core.OnRunEnd(b.end),
	)
}

func (b *board) chunk(e core.ChunkEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slowest = max(b.slowest, e.Duration)
}

func (b *board) progress(p core.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = p
	b.draw(running)
}

func (b *board) end(e core.RunEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draw(e.Outcome.String())
}

// draw draws the dashboard in place of the one before, or prints a line where
// out is no terminal.
func (b *board) draw(state string) {
	columns, rows := terminal.Size(b.out)
	lines := b.lines(state, columns)
	if columns == 0 {
		if state != running {
			lines = lines[:1] // the last Progress has told the rest
		}
		fmt.Fprintln(b.out, strings.Join(strings.Fields(strings.Join(lines, ", ")), " "))
		return
	}
	var text strings.Builder
	if b.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", b.drawn) // up
	}
	b.drawn = min(len(lines), max(rows-1, 0)) // more would scroll away, out of reach
	for _, line := range lines[:b.drawn] {
		fmt.Fprintf(&text, "\r%.*s\x1b[K\n", columns-1, line) // and erase the rest of the line
	}
	fmt.Fprint(b.out, text.String()+"\x1b[J") // and erase what was typed below
}

// lines is what the dashboard says.
func (b *board) lines(state string, columns int) []string {
	p := &b.now
	percent, _ := p.Percent()
	done := fmt.Sprintf("%3d%%", int(percent))
	if width := min(columns-6, 50); width >= 10 {
		done = terminal.Bar(percent, width) + " " + done
	}
	left := ""
	if r := p.Remaining; r.Known && p.ItemsDone < p.Items {
		left = fmt.Sprintf(", %v left (%v to %v)", tenths(r.Expected), tenths(r.Low), tenths(r.High))
	}
	return []string{
		"dashboard " + state,
		done,
		fmt.Sprintf("files     %d of %d, %d failed", p.ItemsDone, p.Items, p.ItemsFailed),
		fmt.Sprintf("speed     %.0f/s, %.0f/s on average", p.Throughput, p.AverageThroughput),
		fmt.Sprintf("time      %v%s", tenths(p.Elapsed), left),
		fmt.Sprintf("chunks    %d, the slowest took %v", p.Chunks, b.slowest.Round(time.Millisecond)),
	}
}

func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
