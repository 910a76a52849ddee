// Package gosrc provides real input for the examples: the Go files of a
// directory, by default those of Go itself.
package gosrc

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"github.com/chunkscope/chunkscope/examples/internal/cli"
)

// A Tree is a file system with the list of Go files in it.
type Tree struct {
	fs.FS
	Files []string // paths, in the order of fs.WalkDir
}

// Run runs a command whose job reads a tree, and returns its exit status. It
// adds the flag -root to c.
func Run(ctx context.Context, c *cli.Command, args []string, stdout, stderr io.Writer, job func(*Tree) error) int {
	root := c.String("root", "", "read the Go files under `dir` (default the source of Go itself)")
	return c.Run(ctx, args, stdout, stderr, func() error {
		tree, err := Open(ctx, *root)
		if err != nil {
			return err
		}
		return job(tree)
	})
}

// Open lists the Go files below dir, or those of Go itself if dir is empty. The
// directory stays open until the program ends. An error is a *cli.UsageError
// unless ctx has ended.
func Open(ctx context.Context, dir string) (*Tree, error) {
	if dir == "" {
		goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return nil, usageError(ctx, fmt.Errorf("cannot find the source of Go: go env GOROOT: %w", err))
		}
		dir = filepath.Join(strings.TrimSpace(string(goroot)), "src")
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, usageError(ctx, err)
	}
	tree, err := List(ctx, root.FS())
	switch {
	case err != nil:
		return nil, usageError(ctx, err)
	case len(tree.Files) == 0:
		return nil, usageError(ctx, fmt.Errorf("no Go files under %s", dir))
	}
	return tree, nil
}

// usageError adds advice to err, unless ctx has ended.
func usageError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &cli.UsageError{Err: fmt.Errorf("%w; name a directory of Go files with -root", err)}
}

// List lists the Go files of a file system. Like the go command, it ignores
// directories named testdata and those whose names begin with "." or "_".
func List(ctx context.Context, fsys fs.FS) (*Tree, error) {
	tree := &Tree{FS: fsys}
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case entry.IsDir() && ignored(name):
			return fs.SkipDir
		case entry.Type().IsRegular() && path.Ext(name) == ".go":
			tree.Files = append(tree.Files, name)
		}
		return nil
	})
	return tree, err
}

func ignored(dir string) bool {
	base := path.Base(dir)
	return base == "testdata" || base[0] == '_' || base[0] == '.' && base != "."
}

// Parse reads a file and returns its syntax tree.
func (t *Tree) Parse(name string) (*ast.File, error) {
	text, err := fs.ReadFile(t, name)
	if err != nil {
		return nil, err
	}
	return Parse(name, text)
}

// Count reads a file and counts the nodes of its syntax tree that match.
func (t *Tree) Count(name string, match func(ast.Node) bool) (int, error) {
	file, err := t.Parse(name)
	if err != nil {
		return 0, err
	}
	return Count(file, match), nil
}

// Count counts the nodes of a syntax tree that match.
func Count(file *ast.File, match func(ast.Node) bool) (n int) {
	ast.Inspect(file, func(node ast.Node) bool {
		if node != nil && match(node) {
			n++
		}
		return true
	})
	return n
}

// Parse returns the syntax tree of a file that was already read.
func Parse(name string, text []byte) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
}
