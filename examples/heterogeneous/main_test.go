package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "chunk")
	clitest.AtLeastOne(t, "chunk")
	clitest.Interrupts(t)
}

// TestRealFiles compares the output with the lines of real files.
func TestRealFiles(t *testing.T) {
	root := clitest.Std(t, "container")
	packages, exported := map[string]bool{}, 0
	for name, text := range clitest.GoFiles(t, root) {
		packages[filepath.Dir(name)] = true
		exported += len(regexp.MustCompile(`(?m)^func (\([^)]*\) )?[A-Z]`).FindAllString(text, -1))
	}
	status, stdout, stderr := clitest.Run(t, "-root", root, "-chunk", "2")
	if want := fmt.Sprintf("\n%d exported functions and methods\n", exported); status != clitest.OK || stderr != "" || !strings.HasSuffix(stdout, want) {
		t.Errorf("exit status %d, want %q at the end:\n%s%s", status, want, stdout, stderr)
	}

	lines := regexp.MustCompile(`(?m)^chunk +\d+ +(\d+) packages +(\d+\.\d{3})s +\d+/s  (first|fast|medium|slow)$`).FindAllStringSubmatch(stdout, -1)
	printed, tags := 0, map[string]int{}
	for _, match := range lines {
		printed += int(clitest.Number(t, match[1]))
		tags[match[3]]++
	}
	chunks := (len(packages) + 1) / 2
	sum := regexp.MustCompile(fmt.Sprintf(`(?m)^%d chunks: %d fast, %d medium, %d slow; at the end workers were idle for \d+\.\d{3}s\ncoefficient of variation \d+\.\d\d$`,
		chunks, tags["fast"], tags["medium"], tags["slow"]))
	if len(lines) != chunks || printed != len(packages) || tags["first"] != 1 || !sum.MatchString(stdout) {
		t.Errorf("want lines of %d chunks and %d packages, the first one tagged so, and %v:\n%s", chunks, len(packages), sum, stdout)
	}
}

func TestSpeeds(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []int // durations of the items, in ms
		want  string
	}{
		{"even", []int{100, 110, 90, 100, 115, 115}, `
chunk   0    2 packages    0.210s      10/s  first
chunk   1    2 packages    0.190s      11/s  medium
chunk   2    2 packages    0.230s       9/s  medium
3 chunks: 0 fast, 2 medium, 0 slow; at the end workers were idle for 0.000s
coefficient of variation 0.08
`},
		{"uneven", []int{100, 100, 50, 50, 200, 200, 100, 110, 1000}, `
chunk   0    2 packages    0.200s      10/s  first
chunk   1    2 packages    0.100s      20/s  fast
chunk   2    2 packages    0.400s       5/s  slow
chunk   3    2 packages    0.210s      10/s  medium
chunk   4    1 packages    1.000s       1/s  slow
5 chunks: 1 fast, 1 medium, 2 slow; at the end workers were idle for 0.000s
coefficient of variation 0.85
uneven: leave core.WithChunkSize out, so that smaller chunks share the work
`},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			sleep(t, &out, c.times, core.WithWorkers(1), core.WithChunkSize(2))
			if got := "\n" + out.String(); got != c.want {
				t.Errorf("%s:%s\nwant%s", c.name, got, c.want)
			}
		})
	}
}

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		sleep(t, &out, []int{100, 350, 1000}, core.WithWorkers(3), core.WithChunkSize(1))
		if want := "idle for 1.550s\n"; !strings.Contains(out.String(), want) { // 900 + 650 ms
			t.Errorf("want %q:\n%s", want, out.String())
		}
	})
}

// sleep runs one item for each of the durations, in milliseconds.
func sleep(t *testing.T, out *strings.Builder, times []int, opts ...core.Option) {
	t.Helper()
	exec := core.NewExecutor(opts...)
	exec.Register(printSpeeds(out))
	err := core.ForEach(t.Context(), exec, times, func(_ context.Context, ms int) error {
		time.Sleep(time.Duration(ms) * time.Millisecond)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestVariation uses a textbook example: deviation 2, mean 5.
func TestVariation(t *testing.T) {
	s := speeds{seconds: []float64{2, 4, 4, 4, 5, 5, 7, 9}, sum: 40}
	if got := s.variation(); math.Abs(got-0.4) > 1e-9 {
		t.Errorf("coefficient of variation %v, want 0.4", got)
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a/a.go": "package p\nfunc F() {}\nfunc g() {}\n", "0/bad.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || !strings.HasSuffix(stdout, "\n1 exported functions and methods\n") || !strings.Contains(stderr, "0/bad.go:1:8: ") {
		t.Errorf("exit status %d, %q, %s", status, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 7, "package p\nfunc F() {}\n")
	var stdout strings.Builder
	err := survey(ctx, core.NewExecutor(core.WithWorkers(1)), fsys, files, &stdout)
	if want := "7 exported functions and methods\n"; !errors.Is(err, context.Canceled) || stdout.String() != want {
		t.Errorf("error %v, output %q; want %q, because no package was complete", err, stdout.String(), want)
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "heterogeneous", func(stdout, _ io.Writer) error {
		return run(t.Context(), clitest.Std(t, "container"), 2, 1, stdout)
	})
}
