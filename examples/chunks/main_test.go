package main

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "chunk")
	clitest.AtLeastOne(t, "chunk")
	clitest.Interrupts(t)
}

var (
	chunkLine = regexp.MustCompile(`^chunk +(\d+)  worker (\d)  +(\d+) files  +(\d+\.\d{3})s  +(\d+)%$`)
	timesLine = regexp.MustCompile(`^(\d+) chunks: average (\d+\.\d{3})s, least (\d+\.\d{3})s, greatest (\d+\.\d{3})s$`)
)

func TestLines(t *testing.T) {
	root := clitest.Std(t, "strings")
	sources := clitest.GoFiles(t, root)
	const size = 3
	chunks := (len(sources) + size - 1) / size
	for _, workers := range []int{1, 3} {
		status, stdout, stderr := clitest.Run(t, "-root", root, "-chunk", strconv.Itoa(size), "-workers", strconv.Itoa(workers))
		lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
		if status != clitest.OK || stderr != "" || len(lines) != chunks+2 {
			t.Fatalf("exit status %d, want a line for each of %d chunks and two more:\n%s%s", status, chunks, stdout, stderr)
		}

		seen, files, complete := map[int]bool{}, 0, false
		var times []float64
		sum := 0.0
		for _, line := range lines[:chunks] {
			match := chunkLine.FindStringSubmatch(line)
			if match == nil {
				t.Fatalf("line %q", line)
			}
			seen[int(clitest.Number(t, match[1]))] = true
			files += int(clitest.Number(t, match[3]))
			complete = complete || match[5] == "100"
			times = append(times, clitest.Number(t, match[4]))
			sum += times[len(times)-1]
			if int(clitest.Number(t, match[2])) >= workers {
				t.Errorf("%q, of %d workers", line, workers)
			}
		}
		if len(seen) != chunks || files != len(sources) || !complete {
			t.Errorf("%d chunks of %d files, want %d of %d, and 100%%:\n%s", len(seen), files, chunks, len(sources), stdout)
		}

		match := timesLine.FindStringSubmatch(lines[chunks])
		if match == nil {
			t.Fatalf("line %q", lines[chunks])
		}
		const rounding = 0.0011
		for i, want := range []float64{float64(chunks), sum / float64(chunks), slices.Min(times), slices.Max(times)} {
			if got := clitest.Number(t, match[i+1]); math.Abs(got-want) > rounding {
				t.Errorf("%q: %v, want %.4f", lines[chunks], got, want)
			}
		}
		if want := compressed(t, sources, size); lines[chunks+1] != want {
			t.Errorf("%q, want %q", lines[chunks+1], want)
		}
	}
}

// compressed returns the expected last line: the text of each chunk compressed
// as one.
func compressed(t *testing.T, sources map[string]string, size int) string {
	t.Helper()
	before, after := 0, 0
	for names := range slices.Chunk(slices.Sorted(maps.Keys(sources)), size) {
		var packed bytes.Buffer
		w, err := flate.NewWriter(&packed, flate.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			before += len(sources[name])
			if _, err := io.WriteString(w, sources[name]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		after += packed.Len()
	}
	return fmt.Sprintf("%d bytes of source compressed to %d", before, after)
}

// TestInterrupted cancels a run during the second of its chunks.
func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 13, "package p\n")
	var stdout strings.Builder
	err := compress(ctx, core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(10)), fsys, files, &stdout)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	want := regexp.MustCompile(`^chunk   0  worker 0    10 files  .*  10%\nchunk   1  worker 0    10 files  .*  10%  canceled\n2 chunks: .*\n130 bytes .*\n$`)
	if !want.MatchString(stdout.String()) {
		t.Errorf("want a complete chunk and a canceled one:\n%s", stdout.String())
	}
}

func TestCanceledBeforeTheFirstChunk(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 1, "package p\n")
	stop, cancel := context.WithCancel(ctx)
	cancel()
	var stdout strings.Builder
	if err := compress(stop, core.NewExecutor(), fsys, files, &stdout); !errors.Is(err, context.Canceled) || stdout.String() != "0 bytes of source compressed to 0\n" {
		t.Errorf("error %v, output:\n%s", err, stdout.String())
	}
}

func TestReadme(t *testing.T) {
	clitest.Readme(t, "chunks", func(stdout, _ io.Writer) error {
		return run(t.Context(), clitest.Std(t, "strings"), 2, 3, stdout)
	})
}
