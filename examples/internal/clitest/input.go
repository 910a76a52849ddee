package clitest

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// WriteTree writes files into a new directory.
func WriteTree(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// Std returns a directory of the standard library.
func Std(t *testing.T, name string) string {
	t.Helper()
	goroot, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(goroot)), "src", filepath.FromSlash(name))
}

// GoFiles reads all files below a directory that end in .go, and returns them
// by path.
func GoFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(name) //nolint:gosec // G122: the test's own directory, or Go's
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Plain reports whether a text is fit for a log: lines without control
// characters.
func Plain(text string) bool {
	return strings.HasSuffix(text, "\n") && strings.IndexFunc(text, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) < 0
}

// Number parses a number that an example printed.
func Number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Interrupt returns 100 files with the same text, their names, and a context
// that is canceled when the file with the given number is opened, counted from
// 1.
func Interrupt(t *testing.T, at int, text string) (context.Context, fs.FS, []string) {
	t.Helper()
	files := fstest.MapFS{}
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("f%02d.go", i))
		files[names[i]] = &fstest.MapFile{Data: []byte(text)}
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, &cancelingFS{files, names[at-1], cancel}, names
}

type cancelingFS struct {
	fs.FS
	at     string
	cancel context.CancelFunc
}

func (i *cancelingFS) Open(name string) (fs.File, error) {
	if name == i.at {
		i.cancel()
	}
	return i.FS.Open(name)
}
