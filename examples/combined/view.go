package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/terminal"
)

// progressAndChunks returns a hook that shows the progress of a run on out and,
// above it, a line for every nth chunk that ends.
func progressAndChunks(out io.Writer, n int) core.Hook {
	v := &view{out: out}
	progress := core.OnProgress(v.progress)
	if columns, _ := terminal.Size(out); columns == 0 {
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
	columns, _ := terminal.Size(v.out)
	if columns == 0 {
		fmt.Fprintln(v.out, text)
		return
	}
	if width := min(columns-38, 40); width >= 10 {
		text = terminal.Bar(percent, width) + " " + text
	}
	v.bar = text
	terminal.Rewrite(v.out, text)
}

// print adds a line above the bar.
func (v *view) print(line string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if columns, _ := terminal.Size(v.out); columns == 0 {
		fmt.Fprintln(v.out, line)
		return
	}
	terminal.Rewrite(v.out, line)
	fmt.Fprintln(v.out)
	terminal.Rewrite(v.out, v.bar)
}

// finish leaves the bar on the terminal and moves to the next line.
func (v *view) finish() {
	if columns, _ := terminal.Size(v.out); columns > 0 {
		fmt.Fprintln(v.out)
	}
}
