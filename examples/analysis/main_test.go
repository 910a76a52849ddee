package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
	"github.com/chunkscope/chunkscope/examples/internal/terminaltest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) { clitest.Contract(t, "root", "workers") }

// TestRealFiles checks that the parts of the report add up.
func TestRealFiles(t *testing.T) {
	root := clitest.Std(t, "strings")
	types, files := 0, clitest.GoFiles(t, root)
	for _, text := range files {
		types += len(regexp.MustCompile(`(?m)^\s*type \w+ [^=\n]+`).FindAllString(text, -1))
	}
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "3")
	if want := fmt.Sprintf("%d types in %d files\n\n", types, len(files)); status != clitest.OK || stderr != "" || !strings.HasPrefix(stdout, want) {
		t.Errorf("exit status %d, want %q first:\n%s%s", status, want, stdout, stderr)
	}

	wall := numbers(t, stdout, `time of the workers, 3 for (\d+\.\d{3})s`)[0][0]
	seconds, percent := 0.0, 0.0
	for _, row := range numbers(t, stdout, `  (?:reading|parsing|counting|anything else) +(\d+\.\d{3})s +(\d+\.\d)%`) {
		seconds += row[0]
		percent += row[1]
	}
	if math.Abs(seconds-3*wall) > 0.005 || math.Abs(percent-100) > 0.3 {
		t.Errorf("the time of 3 workers adds up to %.3f s and %.1f %%, want %.3f s and 100 %%:\n%s", seconds, percent, 3*wall, stdout)
	}

	before := 0.0
	for _, row := range numbers(t, stdout, `  (?:p50|p90|p99|longest) +(\d+\.\d{3})ms`) {
		if row[0] < before {
			t.Errorf("the times of chunks fall:\n%s", stdout)
		}
		before = row[0]
	}
	average := numbers(t, stdout, `  average +(\d+)`)[0][0]
	const rounding = 0.0006
	if n := float64(len(files)); average < n/(wall+rounding)-1 || wall > rounding && average > n/(wall-rounding)+1 {
		t.Errorf("%v files in a second, want about %.0f:\n%s", average, n/wall, stdout)
	}

	chunks, items := 0.0, 0.0
	workers := numbers(t, stdout, ` +(\d) +(\d+) +(\d+) +\d+\.\d{3}s +\d+\.\d%`)
	for i, row := range workers {
		if row[0] != float64(i) {
			t.Errorf("worker %v in row %d", row[0], i)
		}
		chunks += row[1]
		items += row[2]
	}
	printed := numbers(t, stdout, `time of a chunk, of (\d+)`)[0][0]
	if len(workers) != 3 || chunks != printed || items != float64(len(files)) {
		t.Errorf("%d workers with %v chunks and %v files, want 3 with %v and %d:\n%s", len(workers), chunks, items, printed, len(files), stdout)
	}
}

// numbers returns the numbers in the lines that match a pattern.
func numbers(t *testing.T, text, pattern string) (rows [][]float64) {
	t.Helper()
	for _, match := range regexp.MustCompile(`(?m)^`+pattern+`$`).FindAllStringSubmatch(text, -1) {
		var row []float64
		for _, n := range match[1:] {
			row = append(row, clitest.Number(t, n))
		}
		rows = append(rows, row)
	}
	if rows == nil {
		t.Fatalf("no line like %s in:\n%s", pattern, text)
	}
	return rows
}

func TestReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r report
		<-terminaltest.Work(t, &r, 200, core.WithChunkSize(10))
		reading, parsing := &stage{name: "reading"}, &stage{name: "parsing"}
		reading.total.Store(int64(500 * time.Millisecond))
		parsing.since(time.Now().Add(-1250 * time.Millisecond))
		var out strings.Builder
		if err := r.write(&out, []*stage{reading, parsing}); err != nil {
			t.Fatal(err)
		}
		want := `
time of the workers, 1 for 2.005s
  reading           0.500s   24.9%
  parsing           1.250s   62.3%
  anything else     0.255s   12.7%

time of a chunk, of 20
  p50             100.000ms
  p90             100.000ms
  p99             105.000ms
  longest         105.000ms

files in a second
  average             100
  least                90
  median              100
  greatest            100

worker  chunks   files      busy
     0      20     200    2.005s  100.0%
`
		if out.String() != want {
			t.Errorf("the report is%s\nwant%s", out.String(), want)
		}
	})
}

// TestStages reads files that take 100 ms to open.
func TestStages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fsys := slowFS{fstest.MapFS{"a.go": {Data: []byte("package p\n")}}}
		var stdout strings.Builder
		if err := analyze(t.Context(), core.NewExecutor(core.WithWorkers(1)), fsys, []string{"a.go", "a.go", "a.go"}, &stdout); err != nil {
			t.Error(err)
		}
		want := "  reading           0.300s  100.0%\n  parsing           0.000s    0.0%\n  counting          0.000s    0.0%\n"
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the report lacks\n%s:\n%s", want, stdout.String())
		}
	})
}

type slowFS struct{ fs.FS }

func (s slowFS) Open(name string) (fs.File, error) {
	time.Sleep(100 * time.Millisecond)
	return s.FS.Open(name)
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\ntype T int\nfunc F() { type local = T }\n", "0.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || !strings.HasPrefix(stdout, "2 types in 1 files\n") || !strings.Contains(stderr, "0.go:1:8: ") {
		t.Errorf("exit status %d, %q, %s", status, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 7, "package p\ntype T int\n")
	var stdout strings.Builder
	err := analyze(ctx, core.NewExecutor(core.WithWorkers(1)), fsys, files, &stdout)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(stdout.String(), "7 types in 7 files\n\ntime of the workers") {
		t.Errorf("error %v, result %q; want the result so far", err, stdout.String())
	}

	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	stdout.Reset()
	err = analyze(stopped, core.NewExecutor(), fsys, files, &stdout)
	if !errors.Is(err, context.Canceled) || stdout.String() != "0 types in 0 files\n" {
		t.Errorf("error %v, result %q; want no report for no chunk", err, stdout.String())
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "analysis", func(stdout, _ io.Writer) error {
		return run(t.Context(), clitest.Std(t, "strings"), 2, stdout)
	})
}
