package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// source is a Go file of 10 lines and 6 declarations.
const source = `package p

import "fmt"

type T struct{} // local things do not count
const (
	a, b = 1, 2
	c    = 3
)
var v = func() int { var w int; return w }(); func f() { fmt.Print(a, b, c, v) }; func (T) m() {}
`

func TestSummary(t *testing.T) {
	root := writeTree(t, map[string]string{
		"a.go":                  source,
		"go.mod":                "module p\n",
		"sub/b.go":              source,
		"sub/c.go":              source,
		"sub/testdata/bad.go":   "not Go",
		"_old/bad.go":           "not Go",
		".git/bad.go":           "not Go",
		"sub/directory.go/d.go": source,
	})

	status, summary, _ := runIn(t, root)
	if status != exitOK {
		t.Errorf("exit status %d, want %d", status, exitOK)
	}
	hash := sha256.New()
	for _, name := range []string{"a.go", "sub/b.go", "sub/c.go", "sub/directory.go/d.go"} {
		fmt.Fprintf(hash, "%x  %s\n", sha256.Sum256([]byte(source)), name)
	}
	wantRows(t, summary, map[string]string{
		"outcome":      "ok",
		"files":        "4 of 4, 0 failed",
		"declarations": "24",
		"lines":        "40",
		"bytes":        decimal(4 * len(source)),
		"sha256":       fmt.Sprintf("%x", hash.Sum(nil)),
	})
	for _, label := range []string{"time", "throughput", "slowest chunk"} {
		if rows(summary, label) == nil {
			t.Errorf("no %s in the summary:\n%s", label, summary)
		}
	}
}

func TestWorkersAndChunksDoNotMatter(t *testing.T) {
	root := manyFiles(t, 100)
	var want string
	for _, c := range []struct {
		workers, chunk string
		slowest        string // ends like this
	}{
		{"1", "0", ""},
		{"8", "0", ""},
		{"8", "1", ".go"},
		{"3", "1000", " for f0000.go and 99 more"},
	} {
		_, summary, _ := runIn(t, root, "-workers", c.workers, "-chunk", c.chunk)
		wantRows(t, summary, map[string]string{"workers": c.workers})
		if slowest := strings.Join(rows(summary, "slowest chunk"), ""); !strings.HasSuffix(slowest, c.slowest) {
			t.Errorf("slowest chunk with -chunk %s: %q", c.chunk, slowest)
		}
		results, _, _ := strings.Cut(summary, "workers")
		if want == "" {
			want = results
		}
		if results != want {
			t.Errorf("%s workers, chunks of %s:\n%s\nwant as with one worker:\n%s", c.workers, c.chunk, results, want)
		}
	}
}

func TestFailures(t *testing.T) {
	root := manyFiles(t, 20)
	status, summary, progress := runIn(t, root, "-fail", "3")
	if status != exitFailed {
		t.Errorf("exit status %d, want %d", status, exitFailed)
	}
	wantRows(t, summary, map[string]string{
		"outcome": "error",
		"files":   "20 of 20, 6 failed",
		"lines":   decimal(14 * 10),
	})
	failed := rows(summary, "failed")
	if len(failed) != failuresShown+1 || failed[failuresShown] != "and 1 more" {
		t.Errorf("failures listed: %q; want %d and then how many more", failed, failuresShown)
	}
	for i, row := range failed[:failuresShown] {
		if name := fileName(3*i + 2); !strings.Contains(row, name) {
			t.Errorf("failure %d is %q, want %s", i, row, name)
		}
	}
	if !strings.Contains(progress, "20 of 20 files, 6 failed") {
		t.Errorf("the progress does not tell the failures:\n%s", progress)
	}
}

func TestFileThatIsNoGo(t *testing.T) {
	root := writeTree(t, map[string]string{"good.go": source, "sub/bad.go": "package"})
	status, summary, _ := runIn(t, root)
	if status != exitFailed {
		t.Errorf("exit status %d, want %d", status, exitFailed)
	}
	wantRows(t, summary, map[string]string{"files": "2 of 2, 1 failed", "lines": "10"})
	if failed := rows(summary, "failed"); len(failed) != 1 || !strings.Contains(failed[0], "sub/bad.go:1:8: ") {
		t.Errorf("failures listed: %q, want one with the place in sub/bad.go", failed)
	}
}

func TestNoFiles(t *testing.T) {
	status, summary, progress := runIn(t, t.TempDir())
	if status != exitOK {
		t.Errorf("exit status %d, want %d", status, exitOK)
	}
	wantRows(t, summary, map[string]string{"outcome": "ok", "files": "0 of 0, 0 failed"})
	if !strings.Contains(progress, "100%") {
		t.Errorf("progress %q, want 100%%", progress)
	}
}

func TestBadCommandLines(t *testing.T) {
	file := filepath.Join(writeTree(t, map[string]string{"a.go": source}), "a.go")
	for _, c := range []struct {
		args []string
		want []string // what a helpful message says
	}{
		{[]string{"-workers", "-3"}, []string{`"-3"`, "-workers", "whole number"}},
		{[]string{"-workers", "many"}, []string{`"many"`, "-workers", "whole number"}},
		{[]string{"-chunk=-1"}, []string{`"-1"`, "-chunk", "whole number"}},
		{[]string{"-fail", "0.5"}, []string{`"0.5"`, "-fail", "whole number"}},
		{[]string{"-fail", "99999999999999999999"}, []string{`"99999999999999999999"`, "-fail"}},
		{[]string{"-speed", "9"}, []string{"-speed"}},
		{[]string{"somewhere"}, []string{`"somewhere"`, "-root"}},
		{[]string{"-root", "no/such/place"}, []string{"no/such/place", "name a directory", "-root"}},
		{[]string{"-root", file}, []string{file, "not a directory", "-root"}},
		{[]string{"-root", ".", "-metrics", "9090"}, []string{"9090", "-metrics", ":9090"}},
		{[]string{"-root", ".", "-metrics", "127.0.0.1:no"}, []string{"127.0.0.1:no", "-metrics", "another address"}},
	} {
		var stdout, stderr bytes.Buffer
		if status := run(t.Context(), c.args, &stdout, &stderr); status != exitUsage {
			t.Errorf("%q: exit status %d, want %d", c.args, status, exitUsage)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr.String(), want) {
				t.Errorf("%q: the message lacks %q:\n%s", c.args, want, &stderr)
			}
		}
		if stdout.Len() > 0 {
			t.Errorf("%q: wrote to stdout:\n%s", c.args, &stdout)
		}
	}
}

func TestHelp(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := run(t.Context(), []string{"-h"}, &stdout, &stderr); status != exitOK {
		t.Errorf("exit status %d, want %d", status, exitOK)
	}
	for _, name := range []string{"-chunk", "-fail", "-metrics", "-root", "-workers"} {
		if !strings.Contains(stderr.String(), name) {
			t.Errorf("the help lacks %s:\n%s", name, &stderr)
		}
	}
}

func TestSummaryThatCannotBeWritten(t *testing.T) {
	var stderr bytes.Buffer
	full := writerFunc(func([]byte) (int, error) { return 0, os.ErrClosed })
	if status := run(t.Context(), []string{"-root", manyFiles(t, 1)}, full, &stderr); status != exitFailed {
		t.Errorf("exit status %d, want %d", status, exitFailed)
	}
	if !strings.Contains(stderr.String(), "cannot write the summary") {
		t.Errorf("the message does not tell why:\n%s", &stderr)
	}
}

// runIn runs the program over the files under root.
func runIn(t *testing.T, root string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), slices.Concat([]string{"-root", root}, args), &out, &err)
	return status, out.String(), err.String()
}

// writeTree writes files into a new directory.
func writeTree(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// manyFiles writes n copies of source into a new directory.
func manyFiles(t *testing.T, n int) (root string) {
	t.Helper()
	files := make(map[string]string)
	for i := range n {
		files[fileName(i)] = source
	}
	return writeTree(t, files)
}

// fileName names the files of manyFiles, from 0, in their order.
func fileName(i int) string { return fmt.Sprintf("f%04d.go", i) }

// rows returns what a summary says under a label.
func rows(summary, label string) []string {
	var values []string
	for _, m := range regexp.MustCompile(`(?m)^`+label+` +(.*)$`).FindAllStringSubmatch(summary, -1) {
		values = append(values, m[1])
	}
	return values
}

func wantRows(t *testing.T, summary string, want map[string]string) {
	t.Helper()
	for label, value := range want {
		if got := rows(summary, label); !slices.Equal(got, []string{value}) {
			t.Errorf("%s: %q, want %q", label, got, value)
		}
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
