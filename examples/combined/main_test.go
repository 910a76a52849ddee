package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "chunk", "every")
	clitest.AtLeastOne(t, "chunk")
	clitest.AtLeastOne(t, "every")
	clitest.Interrupts(t)
}

// TestSearch compares the count with the lines of real files that check an
// error.
func TestSearch(t *testing.T) {
	root := clitest.Std(t, "bufio")
	found, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		found += len(regexp.MustCompile(`if (.*; )?err != nil \{`).FindAllString(text, -1))
	}
	status, stdout, stderr := clitest.Run(t, "-root", root, "-chunk", "1", "-every", "2")
	if want := fmt.Sprintf("%d times if err != nil\n", found); found == 0 || status != clitest.OK || stdout != want {
		t.Errorf("exit status %d, %q, want %q", status, stdout, want)
	}
	chunks := regexp.MustCompile(`(?m)^chunk +\d+ took \d+\.\d{3}s for 1 files +\d+%$`).FindAllString(stderr, -1)
	last := regexp.MustCompile(fmt.Sprintf(`(?m)^100%%  %d chunks  \d+ files/s\n\z`, len(files)))
	if len(chunks) != len(files)/2 || !last.MatchString(stderr) || !clitest.Plain(stderr) {
		t.Errorf("want plain text, %d lines of chunks, and at the end %v:\n%q", len(files)/2, last, stderr)
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\nfunc F() { if err != nil {} }\n", "0.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || stdout != "1 times if err != nil\n" || !strings.Contains(stderr, "0.go:1:8: ") {
		t.Errorf("exit status %d, %q, %s", status, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 7, "package p\nfunc F() { if err != nil {} }\n")
	exec := core.NewExecutor(core.WithWorkers(1))
	var stdout strings.Builder
	if err := search(ctx, exec, fsys, files, &stdout); !errors.Is(err, context.Canceled) || stdout.String() != "7 times if err != nil\n" {
		t.Errorf("error %v, result %q; want the result so far", err, stdout.String())
	}
}

func TestPlainOutputIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		<-terminaltest.Work(t, progressAndChunks(&out, 1000), 1200, core.WithChunkSize(10)) // 12 s
		if lines := strings.Count(out.String(), "\n"); lines != 4 || !clitest.Plain(out.String()) {
			t.Errorf("want a plain line at the start, after 5 and 10 s and at the end:\n%q", out.String())
		}
	})
}

// TestView checks the terminal during a run of 30 chunks of 200 ms each.
func TestView(t *testing.T) {
	chunks := []string{
		"chunk   4 took 0.200s for 20 files  16%", "chunk   9 took 0.200s for 20 files  33%", "chunk  14 took 0.200s for 20 files  50%",
		"chunk  19 took 0.200s for 20 files  66%", "chunk  24 took 0.200s for 20 files  83%", "chunk  29 took 0.200s for 20 files 100%",
	}
	for _, c := range []struct {
		columns          int
		early, half, end string
	}{
		{80, "[======>                               ]  16%  4 chunks  99 files/s", "[===============>                      ]  41%  12 chunks  100 files/s", "[======================================] 100%  30 chunks  100 files/s"},
		{45, " 16%  4 chunks  99 files/s", " 41%  12 chunks  100 files/s", "100%  30 chunks  100 files/s"},
		{20, " 16%  4 chunks  99", " 41%  12 chunks  10", "100%  30 chunks  10"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lines []string
			for _, line := range chunks {
				lines = append(lines, line[:min(len(line), c.columns-1)])
			}
			start, screen := time.Now(), terminaltest.New(c.columns, 24)
			ended := terminaltest.Work(t, progressAndChunks(screen, 5), 600, core.WithChunkSize(20))
			at := func(d time.Duration) {
				time.Sleep(d - time.Since(start))
				synctest.Wait()
			}
			at(1050 * time.Millisecond) // the last Progress was at 1 s; a chunk ended after it
			screen.Want(t, lines[0], c.early)
			at(2550 * time.Millisecond)
			screen.Want(t, lines[0], lines[1], c.half)
			<-ended
			fmt.Fprintln(screen, "$")
			screen.Want(t, append(lines, c.end, "$")...)
		})
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "combined", func(stdout, stderr io.Writer) error {
		return run(t.Context(), clitest.Std(t, "strings"), 2, 2, 2, stdout, stderr)
	})
}
