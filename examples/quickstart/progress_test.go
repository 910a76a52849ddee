package main

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
)

// watchRun runs a job of 600 items that takes a minute by a clock of its own.
func watchRun(t *testing.T, hook core.Hook) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		executor := core.NewExecutor(core.WithName("quickstart"), core.WithWorkers(1))
		executor.Register(hook)
		err := core.ForEach(t.Context(), executor, make([]int, 600), func(context.Context, int) error {
			time.Sleep(100 * time.Millisecond)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestPlainProgress(t *testing.T) {
	var out bytes.Buffer
	watchRun(t, showProgress(&out))

	text, ended := strings.CutSuffix(out.String(), "\n")
	if !ended {
		t.Errorf("the last line has no end: %q", text)
	}
	if control := regexp.MustCompile(`[^\n -~]`).FindString(text); control != "" {
		t.Errorf("byte %q in a log:\n%s", control, text)
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 10 || len(lines) > 14 {
		t.Errorf("%d lines in a minute, want about one every %v:\n%s", len(lines), plainInterval, text)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "quickstart ") {
			t.Errorf("line %q does not begin with the name", line)
		}
	}
	if last := lines[len(lines)-1]; last != "quickstart 100%  600 of 600 files  10/s" {
		t.Errorf("last line %q", last)
	}
}

func TestProgressOnTerminal(t *testing.T) {
	var out bytes.Buffer
	width := 200
	watchRun(t, rewriteLine(&out, func(io.Writer) int {
		width = max(width-10, 30) // as if somebody dragged its corner
		return width
	}))

	text, ended := strings.CutSuffix(out.String(), "\r\n")
	if !ended || strings.Contains(text, "\n") {
		t.Errorf("want one line, and its end at the end:\n%q", text)
	}
	draws := strings.Split(strings.TrimPrefix(text, "\r"), "\r\r")
	if len(draws) < 300 || len(draws) > 610 {
		t.Errorf("drawn %d times in a minute", len(draws))
	}
	for i, draw := range draws {
		if want := max(min(190-10*i, 80), 30) - 1; len(draw) != want {
			t.Errorf("draw %d has %d columns, want %d: %q", i, len(draw), want, draw)
		}
	}
	if last := draws[len(draws)-1]; last != "quickstart 100%  600 of 600 f" {
		t.Errorf("last draw %q", last)
	}
}

func TestTerminalThatIsGone(t *testing.T) {
	var out bytes.Buffer
	watchRun(t, rewriteLine(&out, func(io.Writer) int { return 0 }))
	if text := strings.Trim(out.String(), "\r"); text != "\n" {
		t.Errorf("wrote %q", text)
	}
}

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		progress core.Progress
		want     string
	}{
		{
			core.Progress{Items: 7000},
			"x   0%  0 of 7,000 files  0/s",
		},
		{
			core.Progress{
				Items: 7000, ItemsDone: 6999, ItemsFailed: 1000, Throughput: 1234.6,
				Remaining: core.Estimate{Known: true, Expected: 62*time.Second + 400*time.Millisecond},
			},
			"x  99%  6,999 of 7,000 files, 1,000 failed  1,235/s  about 1m3s left",
		},
		{
			core.Progress{Items: 7000, ItemsDone: 7000, Throughput: 1e6, Remaining: core.Estimate{Known: true}},
			"x 100%  7,000 of 7,000 files  1,000,000/s",
		},
	} {
		c.progress.Executor = "x"
		if got := progressLine(c.progress); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
