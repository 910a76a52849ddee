package main

import (
	"reflect"
	"strings"
	"testing"
	"time"
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
	frames := replay("job", []write{
		{1000 * time.Millisecond, []byte("job   10%\r")},
		{1050 * time.Millisecond, []byte("job   20%\r")},     // too soon to be read: replaces the frame before
		{1300 * time.Millisecond, []byte("\x1b[31m\x1b[0m")}, // changes nothing
		{1500 * time.Millisecond, []byte("\x1b[Jjob done\r\n\r\n")},
	})
	want := []string{"$ job\n", "$ job\njob   20%\n", "$ job\njob done\n"}
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
	frames := replay("job", []write{{0, []byte("job  ██▌··  \x1b[31merror\x1b[m after 日本 1s  \x1b[32mok\x1b[m\x1b[33m!\x1b[m")}})
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

func TestCompressCutsWaitsAndLength(t *testing.T) {
	frames := []frame{{at: 0}, {at: 90 * time.Second}, {at: 90*time.Second + 500*time.Millisecond}, {at: 95 * time.Second}}
	if speed := compress(frames); speed != 1 {
		t.Errorf("a short run is played %v times as fast", speed)
	}
	for i, want := range []time.Duration{0, time.Second, 1500 * time.Millisecond, 2500 * time.Millisecond} {
		if frames[i].at != want {
			t.Errorf("frame %d is at %v, want %v", i, frames[i].at, want)
		}
	}
	frames = nil
	for i := range 33 {
		frames = append(frames, frame{at: time.Duration(i) * 500 * time.Millisecond})
	}
	if speed := compress(frames); speed != 2 || length(frames) != longestRun {
		t.Errorf("a run of 16 s is played %v times as fast and takes %v", speed, length(frames))
	}
}
