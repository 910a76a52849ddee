// Package clitest tests what all examples have in common as commands.
package clitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

// A Program is an example: its main with its environment as arguments.
type Program func(ctx context.Context, args []string, stdout, stderr io.Writer) int

// Run runs an example and returns its exit status and its output.
func (p Program) Run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = p(ctx, args, &out, &err)
	return status, out.String(), err.String()
}

// Contract checks that an example with these flags has a help, rejects invalid
// command lines with a useful message, and ends when its context is canceled.
func (p Program) Contract(t *testing.T, name string, flags ...string) {
	t.Helper()
	status, stdout, stderr := p.Run(t.Context(), "-h")
	if status != cli.OK || stderr != "" {
		t.Errorf("-h: exit status %d, want %d, and nothing on stderr:\n%s", status, cli.OK, stderr)
	}
	wantWords(t, "the help", stdout, "go run ./examples/"+name+" [flags]\n", "exit status")
	for _, f := range flags {
		if !regexp.MustCompile(`(?m)^  -` + f + `( |$)`).MatchString(stdout) {
			t.Errorf("the help lacks -%s:\n%s", f, stdout)
		}
	}

	p.Refuses(t, []string{"-no-such-flag"}, "-no-such-flag", "-h")
	p.Refuses(t, []string{"surplus"}, `"surplus"`, "-h")
	if slices.Contains(flags, "workers") {
		for _, bad := range []string{"0", "-1", "many", "1.5", "99999999999999999999"} {
			p.Refuses(t, []string{"-workers", bad}, `"`+bad+`"`, "-workers", "whole number, 1 or more")
		}
	}
	if slices.Contains(flags, "root") {
		missing, empty := filepath.Join(t.TempDir(), "missing"), t.TempDir()
		p.Refuses(t, []string{"-root", missing}, missing, "no such file", "-root")
		p.Refuses(t, []string{"-root", empty}, empty, "no Go files", "-root")
	}

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	status, stdout, stderr = p.Run(canceled)
	if status != cli.Interrupted || stdout != "" || !strings.Contains(stderr, "context canceled") {
		t.Errorf("canceled before the start: exit status %d, want %d; stdout %q, stderr %q", status, cli.Interrupted, stdout, stderr)
	}
}

// Refuses checks that a command line is rejected before anything else happens,
// with a message that contains all words.
func (p Program) Refuses(t *testing.T, args []string, words ...string) {
	t.Helper()
	status, stdout, stderr := p.Run(t.Context(), args...)
	if status != cli.Usage || stdout != "" {
		t.Errorf("%q: exit status %d, want %d, and nothing on stdout:\n%s", args, status, cli.Usage, stdout)
	}
	wantWords(t, strings.Join(args, " "), stderr, words...)
}

func wantWords(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s lacks %q:\n%s", what, w, text)
		}
	}
}

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

// Interrupt returns a tree of 100 files with the same text, and a context that
// is canceled when the file with the given number is opened, counted from 1.
func Interrupt(t *testing.T, at int, text string) (context.Context, *gosrc.Tree) {
	t.Helper()
	files := fstest.MapFS{}
	for i := range 100 {
		files[fmt.Sprintf("f%02d.go", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	tree, err := gosrc.List(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	tree.FS = &cancelingFS{files, tree.Files[at-1], cancel}
	return ctx, tree
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
