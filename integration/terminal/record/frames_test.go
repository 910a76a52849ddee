package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chunkscope/chunkscope/integration/terminal/pty"
)

// text returns a frame as lines of text.
func text(f frame) string {
	var b strings.Builder
	for _, line := range f.lines {
		column := 0
		for _, s := range line {
			b.WriteString(strings.Repeat(" ", s.column-column) + s.text)
			column = s.column + s.columns
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestReplayKeepsWhatCanBeSeen(t *testing.T) {
	frames := replay("job", []pty.Write{
		{At: 1000 * time.Millisecond, Text: []byte("job   10%\r")},
		{At: 1300 * time.Millisecond, Text: []byte("\x1b[31m\x1b[0m")}, // changes nothing
		{At: 1500 * time.Millisecond, Text: []byte("\x1b[Jjob done\r\n\r\n")},
	})
	want := []string{"$ job\n", "$ job\njob   10%\n", "$ job\njob done\n"}
	instants := []time.Duration{0, 1000 * time.Millisecond, 1500 * time.Millisecond}
	if len(frames) != len(want) {
		t.Fatalf("%d frames, want %d: %v", len(frames), len(want), frames)
	}
	for i, f := range frames {
		if text(f) != want[i] || f.at != instants[i] {
			t.Errorf("frame %d at %v:\n%swant at %v:\n%s", i, f.at, text(f), instants[i], want[i])
		}
	}
}

func TestSpansKeepColorsAndColumns(t *testing.T) {
	frames := replay("job", []pty.Write{{At: 0, Text: []byte("job  ██▌··  \x1b[31merror\x1b[m after 日本 1s  \x1b[32mok\x1b[m\x1b[33m!\x1b[m")}})
	want := []span{
		{0, 3, "job", ""},
		{5, 3, "██▌", "bar"},
		{8, 2, "··", "rest"},
		{12, 5, "error", "red"},
		{18, 13, "after 日本 1s", ""},
		{33, 2, "ok", "green"},
		{35, 1, "!", "yellow"},
	}
	if got := frames[len(frames)-1].lines[1]; !reflect.DeepEqual(got, want) {
		t.Errorf("spans\n%v, want\n%v", got, want)
	}
}

func TestCompressCutsWaits(t *testing.T) {
	frames, speed := compress([]frame{{at: 0}, {at: 90 * time.Second}, {at: 90*time.Second + 500*time.Millisecond}, {at: 95 * time.Second}})
	if speed != 1 {
		t.Errorf("a short run is played %v times as fast", speed)
	}
	checkInstants(t, frames, 0, 1000, 1500, 2500)
}

func TestCompressPlaysLongRunsFaster(t *testing.T) {
	var all []frame
	for i := range 33 {
		all = append(all, frame{at: time.Duration(i) * 500 * time.Millisecond})
	}
	if frames, speed := compress(all); speed != 2 || length(frames) != longestRun {
		t.Errorf("a run of 16 s is played %v times as fast and takes %v", speed, length(frames))
	}
}

func TestCompressReplacesFramesThatNobodyCouldRead(t *testing.T) {
	line := func(text string) [][]span { return [][]span{{{0, len(text), text, ""}}} }
	frames, _ := compress([]frame{
		{0, line("prompt")}, // it stays, however short
		{100 * time.Millisecond, line("first")},
		{200 * time.Millisecond, line("second")},
		{310 * time.Millisecond, line("third")},
		{350 * time.Millisecond, line("last")},
	})
	checkInstants(t, frames, 0, 100, 310)
	if got := text(frames[0]) + text(frames[1]) + text(frames[2]); got != "prompt\nsecond\nlast\n" {
		t.Errorf("the frames show\n%s", got)
	}
}

// checkInstants compares the instants of frames, in milliseconds.
func checkInstants(t *testing.T, frames []frame, want ...int64) {
	t.Helper()
	var got []int64
	for _, f := range frames {
		got = append(got, f.at.Milliseconds())
	}
	if !slices.Equal(got, want) {
		t.Errorf("frames at %v ms, want %v", got, want)
	}
}
