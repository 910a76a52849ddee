package gosrc_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chunkscope/chunkscope/examples/internal/cli"
	"github.com/chunkscope/chunkscope/examples/internal/clitest"
	"github.com/chunkscope/chunkscope/examples/internal/gosrc"
)

func TestOpen(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{
		"b.go":                  "package p\n",
		"a_test.go":             "package p\n",
		"go.mod":                "module p\n",
		"sub/directory.go/d.go": "package d\n",
		"sub/testdata/bad.go":   "",
		"_old/bad.go":           "",
		".git/bad.go":           "",
	})
	tree, err := gosrc.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a_test.go", "b.go", "sub/directory.go/d.go"}; !slices.Equal(tree.Files, want) {
		t.Errorf("files %q, want %q", tree.Files, want)
	}
	if text, err := fs.ReadFile(tree, "b.go"); string(text) != "package p\n" || err != nil {
		t.Errorf("b.go reads %q, %v", text, err)
	}
}

func TestOpenGo(t *testing.T) {
	tree, err := gosrc.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cmd/go/main.go", "net/http/server.go", "strings/strings_test.go", "unsafe/unsafe.go"} {
		if !slices.Contains(tree.Files, name) {
			t.Errorf("%s is missing among %d files", name, len(tree.Files))
		}
	}
}

func TestOpenErrors(t *testing.T) {
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\n"})
	for dir, want := range map[string]string{
		filepath.Join(root, "missing"): "no such file",
		filepath.Join(root, "a.go"):    "not a directory",
		t.TempDir():                    "no Go files",
	} {
		_, err := gosrc.Open(t.Context(), dir)
		if _, ok := errors.AsType[*cli.UsageError](err); !ok || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "-root") {
			t.Errorf("%s: %v; want a usage error with %q and -root", dir, err, want)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	for _, dir := range []string{"", root} {
		if _, err := gosrc.Open(ctx, dir); err == nil || err.Error() != "enough" {
			t.Errorf("%q with an ended context: %v, want its cause", dir, err)
		}
	}
}

func TestCount(t *testing.T) {
	tree := &gosrc.Tree{FS: fstest.MapFS{
		"good.go": {Data: []byte("package p\nfunc F() { _ = func() {} }\nfunc (T) m() {}\n")},
		"bad.go":  {Data: []byte("package")},
	}}
	isFunction := func(n ast.Node) bool {
		_, ok := n.(*ast.FuncDecl)
		return ok
	}
	if n, err := tree.Count("good.go", isFunction); n != 2 || err != nil {
		t.Errorf("%d functions, %v; want 2", n, err)
	}
	if n, err := tree.Count("bad.go", isFunction); n != 0 || err == nil {
		t.Errorf("%d functions, %v; want an error", n, err)
	}
}

func TestParse(t *testing.T) {
	tree, err := gosrc.List(t.Context(), fstest.MapFS{
		"good.go": {Data: []byte("package p\n\n// F has a comment.\nfunc F() {}\n")},
		"bad.go":  {Data: []byte("package")},
	})
	if err != nil {
		t.Fatal(err)
	}
	syntax, err := tree.Parse("good.go")
	if err != nil || len(syntax.Decls) != 1 || len(syntax.Comments) != 1 {
		t.Errorf("good.go: %+v, %v", syntax, err)
	}
	if _, err := tree.Parse("bad.go"); err == nil || !strings.HasPrefix(err.Error(), "bad.go:1:8: ") {
		t.Errorf("bad.go: %v, want the position of the error", err)
	}
	if _, err := tree.Parse("missing.go"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing.go: %v", err)
	}
}

func TestRun(t *testing.T) {
	p := clitest.Program(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		return gosrc.Run(ctx, cli.New("reader", "Reads."), args, stdout, stderr, func(tree *gosrc.Tree) error {
			fmt.Fprintln(stdout, tree.Files)
			return nil
		})
	})
	p.Contract(t, "reader", "root")
	root := clitest.WriteTree(t, map[string]string{"a.go": "package p\n"})
	if status, stdout, _ := p.Run(t.Context(), "-root", root); status != cli.OK || stdout != "[a.go]\n" {
		t.Errorf("exit status %d, stdout %q", status, stdout)
	}
}
