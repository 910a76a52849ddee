package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
)

func TestMain(m *testing.M) { clitest.Main(m, main) }

func TestContract(t *testing.T) {
	clitest.Contract(t, "root", "workers")
	clitest.Interrupts(t)
}

// TestOutput compares the output with that of gofmt, on files with and without
// a wrong format.
func TestOutput(t *testing.T) {
	tree := map[string]string{}
	for i := range 60 {
		text := "package p\n\nvar x = 1\n"
		if i%7 == 3 {
			text = "package p\nvar  x=1"
		}
		tree[fmt.Sprintf("p%d/f%02d.go", i%4, i)] = text
	}
	tree["top.go"] = "package p ;"
	root := clitest.WriteTree(t, tree)
	gofmt := exec.CommandContext(t.Context(), "gofmt", "-l", ".")
	gofmt.Dir = root
	want, err := gofmt.Output()
	if err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := clitest.Run(t, "-root", root, "-workers", "3")
	if status != clitest.OK {
		t.Fatalf("exit status %d: %s", status, stderr)
	}
	if stdout != filepath.ToSlash(string(want)) || strings.Count(stdout, "\n") != 10 {
		t.Errorf("printed:\n%s\nwant:\n%s", stdout, want)
	}
	for _, line := range []string{"100%  61 of 61 files, 0 packages active\n", "ok: 5 packages, 61 files, 0 failed\n"} {
		if !strings.Contains(stderr, line) {
			t.Errorf("stderr lacks %q:\n%s", line, stderr)
		}
	}
}

// TestChunks checks that each package is one chunk.
func TestChunks(t *testing.T) {
	rec := hooktest.NewRecorder()
	names, err := checkFS(t, rec, fstest.MapFS{
		"a/1.go": {Data: []byte("package a\n")}, "a/2.go": {Data: []byte("package a\n")}, "a/b/1.go": {Data: []byte("package b\n")},
	}, "a/1.go", "a/2.go", "a/b/1.go")
	if len(names) > 0 || err != nil {
		t.Error(names, err)
	}
	var sizes []int
	for _, c := range hooktest.Of[core.ChunkEnd](rec) {
		sizes = append(sizes, c.Items, c.ItemsDone)
	}
	if !slices.Equal(sizes, []int{2, 2, 1, 1}) || rec.Unpaired() != nil {
		t.Errorf("chunks of %v items; unpaired: %q", sizes, rec.Unpaired())
	}
}

// TestProgress blocks the third file of a package until the progress shows the
// first two.
func TestProgress(t *testing.T) {
	seen, once := make(chan struct{}), sync.Once{}
	progress := core.OnProgress(func(p core.Progress) {
		if p.ItemsDone == 2 && p.ChunksActive == 1 {
			once.Do(func() { close(seen) })
		}
	})
	file := &fstest.MapFile{Data: []byte("package p\n")}
	_, err := checkFS(t, progress, &blockingFS{FS: fstest.MapFS{"1.go": file, "2.go": file, "3.go": file}, wait: func() { <-seen }}, "1.go", "2.go", "3.go")
	if err != nil {
		t.Error(err)
	}
}

func TestFileThatDoesNotParse(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a/bad.go": "package", "b/good.go": "package b\n"})
	status, _, stderr := clitest.Run(t, "-root", root, "-workers", "1")
	if status != clitest.Failed || !strings.Contains(stderr, "owncode: a/bad.go:1:8: ") || !strings.Contains(stderr, "error: ") {
		t.Errorf("exit status %d, want %d: %s", status, clitest.Failed, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, fsys, files := clitest.Interrupt(t, 3, "package p\n")
	exec := core.NewExecutor()
	var end core.RunEnd
	exec.Register(core.OnRunEnd(func(e core.RunEnd) { end = e }))
	if _, err := check(ctx, exec, fsys, files, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want a cancellation", err)
	}
	if end.Outcome != core.OutcomeCanceled || !errors.Is(end.Err, context.Canceled) {
		t.Errorf("RunEnd has the outcome %v and the error %v", end.Outcome, end.Err)
	}
}

// checkFS checks the files of a file system, one package at a time.
func checkFS(t *testing.T, hook core.Hook, fsys fs.FS, files ...string) ([]string, error) {
	t.Helper()
	exec := core.NewExecutor()
	exec.Register(hook)
	return check(t.Context(), exec, fsys, files, 1)
}

// blockingFS calls a function when its third Go file is opened.
type blockingFS struct {
	fs.FS
	opened int
	wait   func()
}

func (b *blockingFS) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, ".go") {
		if b.opened++; b.opened == 3 {
			b.wait()
		}
	}
	return b.FS.Open(name)
}
