package main

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

// source is a Go file of 10 lines and 6 declarations that gofmt would change.
const source = `package p

import "fmt"

type T struct{} // local declarations do not count
const (
	a, b = 1, 2
	c    = 3
)
var v = func() int { var w int; return w }(); func f() { fmt.Print(a, b, c, v) }; func (T) m() {}
`

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers", "fail")
	clitest.Fails(t, clitest.Usage, []string{"-fail", "-1"}, "usage: ", "-fail 0")
	clitest.Fails(t, clitest.Usage, []string{"-fail", "0.5"}, `"0.5"`, "-fail")
	clitest.Interrupts(t)
}

// wantOutput returns the expected output for files, sorted by name.
func wantOutput(t *testing.T, files map[string]string) string {
	t.Helper()
	size, lines, compressed, hash := 0, 0, 0, sha256.New()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		var out bytes.Buffer
		w, err := flate.NewWriter(&out, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(files[name]))
		_ = w.Close()
		compressed += out.Len()
		size += len(files[name])
		lines += strings.Count(files[name], "\n")
		fmt.Fprintf(hash, "%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	return fmt.Sprintf("%d files with %d declarations in %d lines; gofmt would change %d\n%d bytes, compressed %d\nsha256 %x\n",
		len(files), 6*len(files), lines, len(files), size, compressed, hash.Sum(nil))
}

// copies returns n files with the same text.
func copies(n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		files[fmt.Sprintf("f%04d.go", i)] = source
	}
	return files
}

func TestOutput(t *testing.T) {
	files := copies(100)
	root := clitest.WriteTree(t, files)
	for _, workers := range []string{"1", "8"} {
		status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", workers)
		if status != clitest.OK || stdout != wantOutput(t, files) {
			t.Errorf("exit status %d, output\n%s\nwant\n%s", status, stdout, wantOutput(t, files))
		}
		last := regexp.MustCompile(`executor=quickstart .* state=done outcome=ok failed=0 done=100 items=100 .*\n$`)
		if !last.MatchString(stderr) {
			t.Errorf("stderr lacks the end of the run:\n%s", stderr)
		}
	}
}

func TestFailures(t *testing.T) {
	files := copies(20)
	files["bad.go"] = "package"
	root := clitest.WriteTree(t, files)
	status, stdout, stderr := clitest.Run(t, "-root", root, "-fail", "3")
	delete(files, "bad.go") // it is the first file
	for i := 1; i < 20; i += 3 {
		delete(files, fmt.Sprintf("f%04d.go", i))
	}
	if status != clitest.Failed || stdout != wantOutput(t, files) {
		t.Errorf("exit status %d, output\n%s\nwant\n%s", status, stdout, wantOutput(t, files))
	}
	for _, text := range []string{"outcome=error failed=8", "item 0 (bad.go): 1:8: ", "quickstart: 8 of 21 items failed"} {
		if !strings.Contains(stderr, text) {
			t.Errorf("stderr lacks %q:\n%s", text, stderr)
		}
	}
}

// TestFirstFailure checks that test data is read, that its first failure is
// printed when it happens, and that a formatted file is not counted.
func TestFirstFailure(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{
		"a.go": "package p\n", "testdata/bad.go": "package", "testdata/bad2.go": "package", "z.go": "package p\n",
	})
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || !strings.HasPrefix(stdout, "2 files with 0 declarations in 2 lines; gofmt would change 0\n20 bytes, ") {
		t.Errorf("exit status %d, output\n%s", status, stdout)
	}
	first, _, found := strings.Cut(stderr, "state=done")
	if !found || strings.Count(stderr, "first failure: ") != 1 || !strings.Contains(first, "first failure: item 1 (testdata/bad.go): 1:8: ") {
		t.Errorf("want the first failure once, before the summary:\n%s", stderr)
	}
}

// TestPlain checks that the output to a file or a pipe is lines of text.
func TestPlain(t *testing.T) {
	_, _, stderr := clitest.Run(t, "-root", clitest.Std(t, "strings"))
	if !clitest.Plain(stderr) {
		t.Errorf("not fit for a log:\n%q", stderr)
	}
}

// TestInterrupted cancels the run while it reads the 50th file. That file is
// finished and counted, and no further one.
func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 50, source)
	var out strings.Builder
	err := scan(ctx, core.NewExecutor(core.WithWorkers(1)), fsys, files, 0, &out)
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(out.String(), "50 files with 300 declarations") {
		t.Errorf("error %v, output\n%s", err, &out)
	}
}
