package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var program = clitest.Program(run)

func TestContract(t *testing.T) {
	program.Contract(t, "combined", "root", "workers", "chunk", "every")
	program.Refuses(t, []string{"-every", "0"}, "-every", "1 or more")
}

// TestSearch compares with the lines of real files that check an error.
func TestSearch(t *testing.T) {
	root := clitest.Std(t, "bufio")
	found, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		found += len(regexp.MustCompile(`if (.*; )?err != nil \{`).FindAllString(text, -1))
	}
	status, stdout, stderr := program.Run(t.Context(), "-root", root, "-chunk", "1", "-every", "2")
	if want := fmt.Sprintf("%d times if err != nil\n", found); found == 0 || status != cli.OK || stdout != want {
		t.Errorf("exit status %d, %q, want %q", status, stdout, want)
	}
	chunks := regexp.MustCompile(`(?m)^chunk +\d+ took \d+\.\d{3}s for 1 files +\d+%$`).FindAllString(stderr, -1)
	last := regexp.MustCompile(fmt.Sprintf(`(?m)^100%%  %d chunks  \d+ files/s\n\z`, len(files)))
	if len(chunks) != len(files)/2 || !last.MatchString(stderr) || !clitest.Plain(stderr) {
		t.Errorf("want plain text, %d lines of chunks, and at the end %v:\n%q", len(files)/2, last, stderr)
	}
}

func TestFilesThatAreNoGo(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\nfunc F() { if err != nil {} }\n", "bad.go": "package"})
	status, stdout, stderr := program.Run(t.Context(), "-root", root)
	if status != cli.Failed || stdout != "1 times if err != nil\n" || !strings.Contains(stderr, "bad.go:1:8: ") {
		t.Errorf("exit status %d, %q, %s", status, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, tree := clitest.Interrupt(t, 7, "package p\nfunc F() { if err != nil {} }\n")
	exec := core.NewExecutor(core.WithWorkers(1))
	var stdout strings.Builder
	if err := search(ctx, exec, tree, &stdout); !errors.Is(err, context.Canceled) || stdout.String() != "7 times if err != nil\n" {
		t.Errorf("error %v, result %q; want what was done until then", err, stdout.String())
	}
}

// TestView looks at a terminal while a run of 30 chunks, each of 200 ms, goes on.
func TestView(t *testing.T) {
	chunks := []string{
		"chunk   4 took 0.200s for 20 files  16%", "chunk   9 took 0.200s for 20 files  33%", "chunk  14 took 0.200s for 20 files  50%",
		"chunk  19 took 0.200s for 20 files  66%", "chunk  24 took 0.200s for 20 files  83%", "chunk  29 took 0.200s for 20 files 100%",
	}
	for _, c := range []struct {
		columns   int
		half, end string
	}{
		{80, "[===============>                      ]  41%  12 chunks  100 files/s", "[======================================] 100%  30 chunks  100 files/s"},
		{45, " 41%  12 chunks  100 files/s", "100%  30 chunks  100 files/s"},
		{20, " 41%  12 chunks  10", "100%  30 chunks  10"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var lines []string
			for _, line := range chunks {
				lines = append(lines, line[:min(len(line), c.columns-1)])
			}
			screen := terminaltest.New(c.columns, 24)
			ended := terminaltest.Work(t, both(screen, 5), 600, core.WithChunkSize(20))
			time.Sleep(2500*time.Millisecond + time.Microsecond)
			synctest.Wait()
			screen.Want(t, lines[0], lines[1], c.half)
			<-ended
			fmt.Fprintln(screen, "$")
			screen.Want(t, append(lines, c.end, "$")...)
		})
	}
}

func TestReadme(t *testing.T) {
	program.Readme(t, "combined", "-root", clitest.Std(t, "strings"), "-chunk", "2", "-every", "2")
}
