package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
	"github.com/chunkscope/chunkscope/core/hooktest"
)

// TestDamagedBackup checks that a damaged file fails the job, by its name, and
// that the other files are checked nevertheless.
func TestDamagedBackup(t *testing.T) {
	complete := backup(t)
	dir := write(t, map[string][]byte{
		"monday.gz":      complete,
		"old/tuesday.gz": complete[:len(complete)-4], // cut off
		"wednesday.gz":   complete,
		"notes.txt":      []byte("no backup"),
	})
	exec, rec := newExecutor()
	err := checkAll(t.Context(), exec, dir)
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "old/tuesday.gz") {
		t.Errorf("error %v, want the damaged file", err)
	}
	end := hooktest.Of[core.RunEnd](rec)[0]
	if end.Outcome != core.OutcomeError || end.ItemsDone != 3 || end.ItemsFailed != 1 {
		t.Errorf("the run ended with %v: %d files checked, %d damaged; want 3 and 1", end.Outcome, end.ItemsDone, end.ItemsFailed)
	}
}

func TestCompleteBackups(t *testing.T) {
	exec, rec := newExecutor()
	if err := checkAll(t.Context(), exec, write(t, map[string][]byte{"monday.gz": backup(t)})); err != nil {
		t.Error(err)
	}
	if end := hooktest.Of[core.RunEnd](rec)[0]; end.Outcome != core.OutcomeOK || end.ItemsDone != 1 {
		t.Errorf("the run ended with %v: %d files checked", end.Outcome, end.ItemsDone)
	}
}

// TestNoBackups checks that an empty or missing directory fails the job.
func TestNoBackups(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		exec, _ := newExecutor()
		if err := checkAll(t.Context(), exec, dir); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("error %v, want the name of the directory", err)
		}
	}
}

// TestSignal checks that a job ends with its context.
func TestSignal(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	exec, rec := newExecutor()
	err := checkAll(ctx, exec, write(t, map[string][]byte{"monday.gz": backup(t)}))
	if end := hooktest.Of[core.RunEnd](rec)[0]; !errors.Is(err, context.Canceled) || end.Outcome != core.OutcomeCanceled {
		t.Errorf("error %v, outcome %v; want a cancellation", err, end.Outcome)
	}
	fsys := os.DirFS(write(t, map[string][]byte{"monday.gz": backup(t)}))
	if err := check(ctx, fsys, "monday.gz"); !errors.Is(err, context.Canceled) {
		t.Errorf("a file being read: error %v, want a cancellation", err)
	}
}

// newExecutor returns an executor like that of run, with a hook that records
// the events of its runs.
func newExecutor() (*core.Executor, *hooktest.Recorder) {
	exec, rec := core.NewExecutor(core.WithName("nightly"), core.WithContinueOnError()), hooktest.NewRecorder()
	exec.Register(rec)
	return exec, rec
}

// backup returns a file that is complete.
func backup(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, "everything")
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(file), 0o750)
		if err := errors.Join(err, os.WriteFile(file, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
