package promhook_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chunkscope/chunkscope/core"
)

// fileNames returns the names of a directory's entries.
func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestTextfile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "job.prom")
	hook, _ := newHook()
	e := newExecutor("job", []core.Hook{hook})
	_ = core.ForEach(t.Context(), e, []int{1}, func(context.Context, int) error { return errBoom })
	if err := hook.WriteTextfile(path); err != nil {
		t.Fatal(err)
	}
	text := readFile(t, path)
	wantContains(t, text, `chunkscope_runs_total{executor="job",outcome="error"} 1`)
	if strings.Contains(text, "run_last_success") {
		t.Error("a process without a success exports a last success")
	}
	_ = core.ForEach(t.Context(), e, []int{1}, noop)
	if err := hook.WriteTextfile(path); err != nil {
		t.Fatal(err)
	}
	wantContains(t, readFile(t, path), `chunkscope_run_last_success_timestamp_seconds{executor="job"} 1.`)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v; want one that node_exporter can read", info.Mode(), err)
	}
	if got := fileNames(t, dir); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path) //nolint:gosec // a file of the test
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTextfileErrors(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken.prom")
	if err := os.MkdirAll(filepath.Join(taken, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "old.prom")
	if err := os.WriteFile(old, []byte("old 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	hook, _ := newHook()
	for path, words := range map[string][]string{
		taken:                                 {"promhook: cannot write", taken},
		filepath.Join(dir, "no", "file.prom"): {"promhook: cannot write", "no such file"},
		filepath.Join(dir, "file.txt"):        {"promhook: WriteTextfile", ".prom"},
	} {
		err := hook.WriteTextfile(path)
		if err == nil {
			t.Errorf("%s: no error", path)
			continue
		}
		wantContains(t, err.Error(), words...)
	}
	if got := readFile(t, old); got != "old 1\n" {
		t.Errorf("the old file is %q", got)
	}
	if got := fileNames(t, dir); len(got) != 2 {
		t.Errorf("left behind: %q", got)
	}
}
