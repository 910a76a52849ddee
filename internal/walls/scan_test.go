package walls

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"testing"
)

// file is one Go source file of the repository, in any of its modules.
type file struct {
	name    string // path from the repository's root
	pkg     string // import path of its folder
	test    bool   // it is a _test.go file
	imports []string
	source  []byte
	syntax  *ast.File
}

// scan reads every Go file below fsys. It does not ask the go command, which
// sees one module and one platform. Reading the files also lets go test know
// which files its cached result depends on.
func scan(t *testing.T, fsys fs.FS) []file {
	t.Helper()
	var files []file
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name != "." && ignored(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(name) != ".go" || ignored(entry.Name()) {
			return nil
		}
		source, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		f, err := parse(name, source)
		files = append(files, f)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ignored reports whether the go command ignores a file or folder of this name.
func ignored(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}

func parse(name string, source []byte) (file, error) {
	f := file{name: name, pkg: path.Join(module, path.Dir(name)), test: strings.HasSuffix(name, "_test.go"), source: source}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return f, err
	}
	f.syntax = syntax
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return f, err
		}
		f.imports = append(f.imports, imported)
	}
	return f, nil
}
