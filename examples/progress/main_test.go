package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"slices"
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
	clitest.Contract(t, "root", "workers")
	clitest.Interrupts(t)
}

// TestCount compares the count with the lines of real files that begin a
// function.
func TestCount(t *testing.T) {
	root := clitest.Std(t, "strings")
	functions, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		functions += len(regexp.MustCompile(`(?m)^func `).FindAllString(text, -1))
	}
	for _, workers := range []string{"1", "4"} {
		status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", workers)
		if want := fmt.Sprintf("%d functions in %d files\n", functions, len(files)); status != clitest.OK || stdout != want {
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
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || stdout != "2 functions in 1 files\n" {
		t.Errorf("exit status %d, %q", status, stdout)
	}
	for _, want := range []string{"100%  2 of 2 files", "1 failed\n", "0.go:1:8: "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 7, "package p\nfunc F() {}\n")
	var stdout strings.Builder
	err := count(ctx, core.NewExecutor(core.WithWorkers(1)), fsys, files, &stdout)
	if !errors.Is(err, context.Canceled) || stdout.String() != "7 functions in 7 files\n" {
		t.Errorf("error %v, result %q; want the result so far", err, stdout.String())
	}
}

// TestGoFiles checks the file that all examples have a copy of.
func TestGoFiles(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{
		"b.go":                  "package p\n",
		"a_test.go":             "package p\n",
		"go.mod":                "module p\n",
		"sub/directory.go/d.go": "package d\n",
		"sub/testdata/bad.go":   "",
	})
	fsys, files, err := goFiles(t.Context(), root)
	if want := []string{"a_test.go", "b.go", "sub/directory.go/d.go"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("files %q, %v; want %q", files, err, want)
	}
	if text, err := fs.ReadFile(fsys, "b.go"); string(text) != "package p\n" || err != nil {
		t.Errorf("b.go reads %q, %v", text, err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, _, err := goFiles(ctx, root); err == nil || err.Error() != "enough" {
		t.Errorf("with an ended context: %v, want its cause", err)
	}
}

// TestBar checks the terminal during a run of 500 items of 10 ms each.
func TestBar(t *testing.T) {
	for _, c := range []struct {
		columns   int
		half, end string
	}{
		{100, `[==================>                   ]  49%  249 of 500 files  100/s  about 3s left`, `[======================================] 100%  500 of 500 files  100/s`},
		{80, `[============>             ]  49%  249 of 500 files  100/s  about 3s left`, `[==========================] 100%  500 of 500 files  100/s`},
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

// TestLineFits checks that a long text shortens the bar and not the text.
func TestLineFits(t *testing.T) {
	p := core.Progress{ItemsDone: 123_456, ItemsFailed: 78, Throughput: 12_345}
	p.Items, p.Remaining = 1_234_567, core.Estimate{Known: true, Expected: time.Minute}
	text := strings.TrimSpace(line(p, 0))
	for _, width := range []int{70, 79, 90, 119} {
		got := line(p, width)
		if len(got) > width || !strings.HasSuffix(got, text) || strings.Contains(got, "[") != (width >= len(text)+11) {
			t.Errorf("%d columns for %d show %q", len(got), width, got)
		}
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

func TestReadme(t *testing.T) {
	clitest.Readme(t, "progress", func(stdout, stderr io.Writer) error {
		return run(t.Context(), clitest.Std(t, "strings"), 2, stdout, stderr)
	})
}
