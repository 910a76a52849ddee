package main

import (
	"image/color"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
)

const (
	frameInterval = 200 * time.Millisecond // frames are at least this far apart
	longestWait   = time.Second            // between two frames
	longestRun    = 8 * time.Second        // from the first frame to the last
)

// A frame is what the terminal shows from an instant on.
type frame struct {
	at    time.Duration
	lines [][]span
}

// A span is text of one color in a line, without a gap of two columns.
type span struct {
	column, columns int
	text, class     string // the class is empty for the default color
}

// replay writes output to a virtual terminal, below a prompt with the command.
// It returns a frame for each change that can be seen.
func replay(command string, output []pty.Write) []frame {
	screen := vt.NewEmulator(columns, rows)
	_, _ = screen.WriteString("$ " + command + "\r\n")
	frames := []frame{{0, visible(screen)}}
	for _, w := range output {
		_, _ = screen.Write(w.Text)
		last := frames[len(frames)-1]
		lines := visible(screen)
		if !slices.EqualFunc(lines, last.lines, slices.Equal[[]span]) {
			frames = append(frames, frame{w.At, lines})
		}
	}
	return frames
}

// visible returns the lines of the screen, without the empty ones at the end.
func visible(screen *vt.Emulator) (lines [][]span) {
	filled := 0
	for y := range screen.Height() {
		line := spans(screen, y)
		lines = append(lines, line)
		if len(line) > 0 {
			filled = len(lines)
		}
	}
	return lines[:filled]
}

// spans returns the text of a line. Two spaces end a span. A bar is apart from
// other text, so that the width of its characters, which not every font has,
// moves nothing else.
func spans(screen *vt.Emulator, y int) (all []span) {
	gap := columns // since the last character
	for x := 0; x < screen.Width(); {
		cell := screen.CellAt(x, y)
		if cell == nil || cell.Content == "" || cell.Content == " " {
			gap++
			x++
			continue
		}
		s := span{x, max(cell.Width, 1), cell.Content, classOf(cell.Content, cell.Style.Fg)}
		if last := len(all) - 1; gap <= 1 && all[last].class == s.class {
			all[last].text += strings.Repeat(" ", gap) + s.text
			all[last].columns += gap + s.columns
		} else {
			all = append(all, s)
		}
		gap = 0
		x += s.columns
	}
	return all
}

// classOf returns the class of a character's color, or of a bar.
func classOf(content string, foreground color.Color) string {
	switch r := []rune(content)[0]; {
	case r == '·':
		return "rest"
	case r >= '▀' && r <= '▟':
		return "bar"
	}
	switch foreground {
	case ansi.Red:
		return "red"
	case ansi.Green:
		return "green"
	case ansi.Yellow:
		return "yellow"
	}
	return ""
}

// compress cuts long waits, plays a long run faster, and leaves out frames that
// nobody could read. It returns how many times faster.
func compress(frames []frame) (kept []frame, speed float64) {
	var cut time.Duration
	before := frames[0].at
	for i := range frames {
		cut += max(0, frames[i].at-before-longestWait)
		before = frames[i].at
		frames[i].at -= cut
	}
	speed = max(1, float64(length(frames))/float64(longestRun))
	for _, f := range frames {
		f.at = time.Duration(float64(f.at) / speed)
		if last := len(kept) - 1; last > 0 && f.at-kept[last].at < frameInterval {
			kept[last].lines = f.lines // in place of the frame before, which was too short
		} else {
			kept = append(kept, f)
		}
	}
	return kept, speed
}

func length(frames []frame) time.Duration { return frames[len(frames)-1].at }
