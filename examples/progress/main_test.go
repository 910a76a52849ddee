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

	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var program = clitest.Program(run)

func TestContract(t *testing.T) { program.Contract(t, "progress", "root", "workers") }

// TestCount compares the count with the lines of real files that begin a
// function.
func TestCount(t *testing.T) {
	root := clitest.Std(t, "strings")
	functions, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		functions += len(regexp.MustCompile(`(?m)^func `).FindAllString(text, -1))
	}
	for _, workers := range []string{"1", "4"} {
		status, stdout, stderr := program.Run(t.Context(), "-root", root, "-workers", workers)
		if want := fmt.Sprintf("%d functions in %d files\n", functions, len(files)); status != cli.OK || stdout != want {
			t.Errorf("%s workers: exit status %d, %q, want %q", workers, status, stdout, want)
		}
		last := regexp.MustCompile(fmt.Sprintf(`(?m)^100%%  %d of %[1]d files  \d+/s\n\z`, len(files)))
		if !last.MatchString(stderr) || !clitest.Plain(stderr) {
			t.Errorf("%s workers: the progress is not plain, or does not end with %v:\n%q", workers, last, stderr)
		}
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\nfunc F() {}\nfunc (T) m() {}\ntype T int\n", "0.go": "package"})
	status, stdout, stderr := program.Run(t.Context(), "-root", root, "-workers", "1")
	if status != cli.Failed || stdout != "2 functions in 1 files\n" {
		t.Errorf("exit status %d, %q", status, stdout)
	}
	for _, want := range []string{"100%  2 of 2 files", "1 failed\n", "0.go:1:8: "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, tree := clitest.Interrupt(t, 7, "package p\nfunc F() {}\n")
	var stdout, stderr strings.Builder
	err := count(ctx, tree, 1, &stdout, &stderr)
	if !errors.Is(err, context.Canceled) || stdout.String() != "7 functions in 7 files\n" {
		t.Errorf("error %v, result %q; want the result so far", err, stdout.String())
	}
}

// TestBar checks the terminal during a run of 500 items of 10 ms each.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		columns   int
		half, end string
	}{
		{100, `[==================>                   ]  49%  249 of 500 files  100/s  about 3s left`, `[======================================] 100%  500 of 500 files  100/s`},
		{80, `[==============>               ]  49%  249 of 500 files  100/s  about 3s left`, `[==============================] 100%  500 of 500 files  100/s`},
		{40, ` 49%  249 of 500 files  100/s  about 3s`, `100%  500 of 500 files  100/s`},
		{12, ` 49%  249 o`, `100%  500 o`},
	} {
		synctest.Test(t, func(t *testing.T) {
			screen := terminaltest.New(c.columns, 24)
			fmt.Fprintln(screen, "$ progress")
			ended := terminaltest.Work(t, bar(screen), 500)
			time.Sleep(2500*time.Millisecond + time.Microsecond)
			synctest.Wait()
			screen.Want(t, "$ progress", c.half)
			<-ended
			fmt.Fprintln(screen, "$")
			screen.Want(t, "$ progress", c.end, "$")
		})
	}
}

func TestPlainOutputIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		<-terminaltest.Work(t, bar(&out), 1200) // 12 s
		if lines := strings.Count(out.String(), "\n"); lines != 4 || !clitest.Plain(out.String()) {
			t.Errorf("want a plain line at the start, after 5 and 10 s and at the end:\n%q", out.String())
		}
	})
}

func TestReadme(t *testing.T) { program.Readme(t, "progress", "-root", clitest.Std(t, "strings")) }
