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
	clitest.Contract(t, "root", "workers")
	clitest.Interrupts(t)
}

// TestSearch compares the count with the lines of real files. Comments there
// say TODO once each, and no string does.
func TestSearch(t *testing.T) {
	root := clitest.Std(t, "text")
	found, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		found += len(regexp.MustCompile(`//.*TODO`).FindAllString(text, -1))
	}
	status, stdout, stderr := clitest.Run(t, "-root", root)
	if want := fmt.Sprintf("%d comments say TODO\n", found); found == 0 || status != clitest.OK || stdout != want {
		t.Errorf("exit status %d, %q, want %q", status, stdout, want)
	}
	last := regexp.MustCompile(fmt.Sprintf(`(?m)^dashboard running, 100%%, files %d of %[1]d, 0 failed, speed .*, time .*, chunks \d+, the slowest took .*s\ndashboard ok\n\z`, len(files)))
	if !last.MatchString(stderr) || !clitest.Plain(stderr) {
		t.Errorf("want plain text, and at the end %v:\n%q", last, stderr)
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p // TODO\nvar s = \"TODO\"\n", "0.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || stdout != "1 comments say TODO\n" {
		t.Errorf("exit status %d, %q", status, stdout)
	}
	for _, want := range []string{"files 2 of 2, 1 failed", "dashboard error\n", "0.go:1:8: "} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr lacks %q:\n%s", want, stderr)
		}
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 7, "package p // TODO\n")
	exec := core.NewExecutor(core.WithWorkers(1))
	screen := terminaltest.New(80, 24)
	exec.Register(dashboard(screen))
	var stdout strings.Builder
	if err := search(ctx, exec, fsys, files, &stdout); !errors.Is(err, context.Canceled) || stdout.String() != "7 comments say TODO\n" {
		t.Errorf("error %v, result %q; want the result so far", err, stdout.String())
	}
	if lines := screen.Lines(); lines[0] != "dashboard canceled" || lines[2] != "files     7 of 100, 0 failed" {
		t.Errorf("the screen shows\n%s", strings.Join(lines, "\n"))
	}
}

func TestPlainOutputIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		<-terminaltest.Work(t, dashboard(&out), 1200) // 12 s
		if lines := strings.Count(out.String(), "\n"); lines != 5 || !clitest.Plain(out.String()) {
			t.Errorf("want a plain line at the start, after 5 and 10 s and at the end, and the outcome:\n%q", out.String())
		}
	})
}

// TestBoard checks the terminal during a run of 30 chunks of 200 ms each.
func TestBoard(t *testing.T) {
	for _, c := range []struct {
		columns, rows int
		half, end     []string
	}{
		{80, 24, []string{
			"dashboard running",
			"[================>                               ]  34%",
			"files     209 of 600, 0 failed",
			"speed     100/s, 100/s on average",
			"time      2.1s, 3.9s left (3.9s to 3.9s)",
			"chunks    10, the slowest took 205ms",
		}, []string{
			"dashboard ok",
			"[================================================] 100%",
			"files     600 of 600, 0 failed",
			"speed     100/s, 100/s on average",
			"time      6s",
			"chunks    30, the slowest took 205ms",
		}},
		{
			12, 24,
			[]string{"dashboard r", " 34%", "files     2", "speed     1", "time      2", "chunks    1"},
			[]string{"dashboard o", "100%", "files     6", "speed     1", "time      6", "chunks    3"},
		},
		{
			30, 4,
			[]string{"dashboard running", "[=======>              ]  34%", "files     209 of 600, 0 faile"},
			[]string{"dashboard ok", "[======================] 100%", "files     600 of 600, 0 faile"},
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			screen := terminaltest.New(c.columns, c.rows)
			ended := terminaltest.Work(t, dashboard(screen), 600, core.WithChunkSize(20))
			time.Sleep(2500*time.Millisecond + time.Microsecond)
			synctest.Wait()
			fmt.Fprint(screen, "^C") // the terminal echoes it, and the next frame covers it
			screen.Want(t, append(c.half, "^C")...)
			<-ended
			fmt.Fprint(screen, "$")
			screen.Want(t, append(c.end, "$")...)
			if frames := strings.Count(screen.Raw(), "dashboard "[:min(10, c.columns-1)]); frames > 6*2+3 {
				t.Errorf("%d frames in 6 s", frames)
			}
		})
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "dashboard", func(stdout, stderr io.Writer) error {
		return run(t.Context(), clitest.Std(t, "strings"), 2, stdout, stderr)
	})
}
