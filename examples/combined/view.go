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

// progressAndChunks returns a hook that shows the progress of a run on out and,
// above it, a line for every nth chunk that ends.
func progressAndChunks(out io.Writer, n int) core.Hook {
	v := &view{out: out}
	progress := core.OnProgress(v.progress)
	if columns(out) == 0 {
		progress = core.Every(5*time.Second, progress)
	}
	ended := 0
	chunks := core.OnChunkEnd(func(e core.ChunkEnd) {
		if ended++; ended%n == 0 {
			percent, _ := e.Percent()
			v.print(fmt.Sprintf("chunk %3d took %.3fs for %d files %3d%%", e.Chunk, e.Duration.Seconds(), e.Items, int(percent)))
		}
	})
	return core.MultiHook(progress, chunks, core.OnRunEnd(func(core.RunEnd) { v.finish() }))
}

// A view is a bar with lines above it.
type view struct {
	mu  sync.Mutex
	out io.Writer
	bar string // empty if out is not a terminal
}

// progress redraws the bar.
func (v *view) progress(p core.Progress) {
	v.mu.Lock()
	defer v.mu.Unlock()
	percent, _ := p.Percent()
	text := fmt.Sprintf("%3d%%  %d chunks  %.0f files/s", int(percent), p.Chunks, p.Throughput)
	width := columns(v.out)
	if width == 0 {
		fmt.Fprintln(v.out, text)
		return
	}
	if inner := min(width-40, 38); inner >= 8 {
		filled := int(percent / 100 * float64(inner))
		bar := strings.Repeat("=", filled) + ">" + strings.Repeat(" ", inner)
		text = "[" + bar[:inner] + "] " + text
	}
	v.bar = text
	v.rewrite(text)
}

// print adds a line above the bar.
func (v *view) print(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if columns(v.out) == 0 {
		fmt.Fprintln(v.out, line)
		return
	}
	v.rewrite(line)
	fmt.Fprintln(v.out)
	v.rewrite(v.bar)
}

// finish leaves the bar on the terminal and moves to the next line.
func (v *view) finish() {
	if columns(v.out) > 0 {
		fmt.Fprintln(v.out)
	}
}

// rewrite draws a text over the line of the cursor, from its start, because the
// terminal may have echoed input. The text is shorter than the line, which
// would wrap otherwise, and covers the text before it.
func (v *view) rewrite(text string) {
	width := max(columns(v.out)-1, 0)
	fmt.Fprintf(v.out, "\r%-*.*s\r", width, width, text)
}

// columns returns the width of a terminal. It is 0 for anything else, and for a
// terminal that does not understand control characters.
func columns(w io.Writer) int {
	switch w := w.(type) {
	case *os.File:
		if os.Getenv("TERM") == "dumb" {
			return 0
		}
		n, _, _ := term.GetSize(int(w.Fd())) // 0 if it fails
		return n
	case interface{ Size() (columns, rows int) }: // a terminal that is not a file, such as a session of SSH
		n, _ := w.Size()
		return n
	}
	return 0
}
