package main

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "chunk", "all")
	clitest.AtLeastOne(t, "chunk")
	clitest.Interrupts(t, "-all")
}

// TestAlerts runs chunks of two items on a fake clock. The first item takes a
// known time, and the second is the larger file.
func TestAlerts(t *testing.T) {
	const all = "10 10 10 10 10 15 17 19 21 100 52 62 10 10 10 10 10 15"
	const want = `slow: chunk 6 took 17ms, 1.5 times the mean of the five before it; its largest file is large6
slow: chunk 7 took 19ms, 1.5 times the mean of the five before it; its largest file is large7
slow: chunk 9 took 100ms, 6.1 times the mean of the five before it; its largest file is large9
slow: chunk 10 took 52ms, 1.5 times the mean of the five before it; its largest file is large10
`
	// Chunk 5 takes exactly 1.5 times the mean, which is not over it. If the
	// window contained the chunk itself, chunk 10 would be 52 against a mean of
	// 41.8.
	if got := alertsFor(t, all); got != want {
		t.Errorf("alerts:\n%s\nwant:\n%s", got, want)
	}
	if got := alertsFor(t, "1 1 1 1 900"); got != "" {
		t.Errorf("an alert before five chunks have ended:\n%s", got)
	}
	if got := alertsFor(t, "1 1 1 1 1 2"); !strings.HasPrefix(got, "slow: chunk 5 took 2ms, 2.0 times") {
		t.Errorf("no alert for the sixth chunk:\n%s", got)
	}
}

// alertsFor runs one chunk for each duration and returns the alerts.
func alertsFor(t *testing.T, milliseconds string) string {
	t.Helper()
	sizes := fstest.MapFS{}
	var files []string
	durations := map[string]time.Duration{}
	for i, field := range strings.Fields(milliseconds) {
		ms, _ := strconv.Atoi(field)
		small, large := fmt.Sprint("small", i), fmt.Sprint("large", i)
		durations[small] = time.Duration(ms) * time.Millisecond
		sizes[small], sizes[large] = &fstest.MapFile{Data: make([]byte, 1)}, &fstest.MapFile{Data: make([]byte, 2)}
		files = append(files, small, large)
	}
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		exec := core.NewExecutor(core.WithWorkers(1), core.WithChunkSize(2))
		exec.Register(core.OnChunkEnd((&alerter{out: &out, fsys: sizes, files: files}).chunk))
		err := core.ForEach(t.Context(), exec, files, func(_ context.Context, name string) error {
			time.Sleep(durations[name])
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	return out.String()
}

// TestOutput runs on real files and computes the expected alerts from the
// printed durations.
func TestOutput(t *testing.T) {
	const files, size = 250, 4
	tree := map[string]string{}
	for i := range files {
		tree[fmt.Sprintf("f%03d.go", i)] = "package p\n" + strings.Repeat("var _ = 1\n", 20*(i%10))
	}
	status, stdout, stderr := clitest.Run(t,
		"-all", "-root", clitest.WriteTree(t, tree), "-workers", "2", "-chunk", strconv.Itoa(size))
	if status != clitest.OK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	var durations []time.Duration
	var want []string // the numbers of the slow chunks
	total := 0
	for _, m := range regexp.MustCompile(`(?m)^chunk (\d+): (\d+) files in (.*)$`).FindAllStringSubmatch(stdout, -1) {
		n, _ := strconv.Atoi(m[2])
		total += n
		d, err := time.ParseDuration(m[3])
		if err != nil {
			t.Fatal(err)
		}
		var sum time.Duration
		for _, before := range durations[max(0, len(durations)-5):] {
			sum += before
		}
		if len(durations) >= 5 && 2*d > 3*(sum/5) {
			want = append(want, m[1])
		}
		durations = append(durations, d)
	}
	const chunks = (files + size - 1) / size
	if total != files || len(durations) != chunks {
		t.Errorf("%d files in %d chunks, want %d in %d", total, len(durations), files, chunks)
	}
	var got []string
	for _, m := range regexp.MustCompile(`(?m)^slow: chunk (\d+) `).FindAllStringSubmatch(stdout, -1) {
		got = append(got, m[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("alerts for chunks %q, want %q:\n%s", got, want, stdout)
	}
	if last := fmt.Sprintf("%d of %d chunks were slow\n", len(want), chunks); !strings.HasSuffix(stdout, "\n"+last) {
		t.Errorf("the last line is not %q:\n%s", last, stdout)
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"good.go": "package p\n", "bad.go": "package"})
	status, stdout, stderr := clitest.Run(t, "-root", root)
	if status != clitest.Failed || stdout != "0 of 1 chunks were slow\n" || !strings.Contains(stderr, "bad.go:1:8: ") {
		t.Errorf("exit status %d, want %d; stdout %q, stderr %q", status, clitest.Failed, stdout, stderr)
	}
}
