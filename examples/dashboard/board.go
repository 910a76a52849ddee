package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/chunkscope/chunkscope/core"
)

// running is the state of an active run. After its end the state is the
// outcome.
const running = "running"

// A board is the state of the dashboard of one run.
type board struct {
	mu         sync.Mutex // hooks for chunks and for progress are called concurrently
	out        io.Writer
	drawnLines int // lines drawn on the terminal
	latest     core.Progress
	slowest    time.Duration
}

// dashboard returns a hook that shows one run on out.
func dashboard(out io.Writer) core.Hook {
	interval := 500 * time.Millisecond
	if columns, _ := size(out); columns == 0 {
		interval = 5 * time.Second
	}
	b := &board{out: out}
	return core.MultiHook(
		core.Every(interval, core.OnProgress(b.progress)), // Every also passes on the last Progress
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
	b.latest = p
	b.draw(running)
}

func (b *board) end(e core.RunEnd) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draw(e.Outcome.String())
}

// draw redraws the dashboard in place, or prints a line if out is not a
// terminal.
func (b *board) draw(state string) {
	columns, rows := size(b.out)
	lines := b.lines(state, columns)
	if columns == 0 {
		if state != running {
			lines = lines[:1] // the last Progress has shown the rest
		}
		fmt.Fprintln(b.out, strings.Join(strings.Fields(strings.Join(lines, ", ")), " "))
		return
	}
	var text strings.Builder
	if b.drawnLines > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", b.drawnLines) // up
	}
	b.drawnLines = min(len(lines), max(rows-1, 0)) // further lines would scroll out of reach
	for _, line := range lines[:b.drawnLines] {
		fmt.Fprintf(&text, "\r%.*s\x1b[K\n", columns-1, line) // and erase the rest of the line
	}
	fmt.Fprint(b.out, text.String()+"\x1b[J") // erase what the user typed below
}

// lines returns the lines of the dashboard.
func (b *board) lines(state string, columns int) []string {
	p := &b.latest
	percent, _ := p.Percent()
	done := fmt.Sprintf("%3d%%", int(percent))
	if inner := min(columns-8, 48); inner >= 8 {
		filled := int(percent / 100 * float64(inner))
		bar := strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner)
		done = "[" + bar[:inner] + "] " + done
	}
	remaining := ""
	if r := p.Remaining; r.Known && p.ItemsDone < p.Items {
		remaining = fmt.Sprintf(", %v left (%v to %v)", tenths(r.Expected), tenths(r.Low), tenths(r.High))
	}
	return []string{
		"dashboard " + state,
		done,
		fmt.Sprintf("files     %d of %d, %d failed", p.ItemsDone, p.Items, p.ItemsFailed),
		fmt.Sprintf("speed     %.0f/s, %.0f/s on average", p.Throughput, p.AverageThroughput),
		fmt.Sprintf("time      %v%s", tenths(p.Elapsed), remaining),
		fmt.Sprintf("chunks    %d, the slowest took %v", p.Chunks, b.slowest.Round(time.Millisecond)),
	}
}

func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }

// size returns the size of a terminal. It is 0 for anything else, and for a
// terminal that does not understand control characters.
func size(w io.Writer) (columns, rows int) {
	switch w := w.(type) {
	case *os.File:
		if os.Getenv("TERM") != "dumb" {
			columns, rows, _ = term.GetSize(int(w.Fd())) // zeros if it fails
		}
	case interface{ Size() (columns, rows int) }: // a terminal that is not a file, such as a session of SSH
		columns, rows = w.Size()
	}
	return columns, rows
}
