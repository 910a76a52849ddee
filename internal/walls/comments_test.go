package walls

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"regexp"
	"slices"
	"testing"
)

// TestExportedNamesHaveComments checks that every exported name has a comment:
// types, functions, methods, constants, variables, fields and the methods of
// interfaces. It covers the root module and exporters.
func TestExportedNamesHaveComments(t *testing.T) {
	files := slices.DeleteFunc(scan(t, os.DirFS(root(t))), func(f file) bool {
		l, _, _ := layerOf(f.pkg)
		return l == programLayer
	})
	found, missing := uncommented(files)
	failOn(t, "these exported names have no comment", missing)
	if found < 500 {
		t.Errorf("the check found only %d exported names", found)
	}
}

// uncommented returns the exported names without a comment, and the number of
// all exported names.
func uncommented(files []file) (found int, missing []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		exported := exportedNames{file: f}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				exported.function(d)
			case *ast.GenDecl:
				exported.group(d)
			}
		}
		found += exported.found
		missing = append(missing, exported.missing...)
	}
	return found, missing
}

// exportedNames collects the exported names of a file.
type exportedNames struct {
	file    file
	found   int
	missing []string
}

func (n *exportedNames) add(name string, commented bool) {
	n.found++
	if !commented {
		n.missing = append(n.missing, fmt.Sprintf("%s: %s", n.file.name, name))
	}
}

func (n *exportedNames) function(d *ast.FuncDecl) {
	name := d.Name.Name
	if d.Recv != nil {
		receiver := typeName(d.Recv.List[0].Type)
		if !token.IsExported(receiver) {
			return
		}
		name = receiver + "." + name
	}
	if d.Name.IsExported() {
		n.add(name, d.Doc.Text() != "")
	}
}

func (n *exportedNames) group(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec: // one comment may cover a group
			for _, name := range s.Names {
				if name.IsExported() {
					n.add(name.Name, d.Doc.Text()+s.Doc.Text()+s.Comment.Text() != "")
				}
			}
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				typeComment := cmp.Or(s.Doc, d.Doc).Text()
				n.add(s.Name.Name, typeComment != "")
				n.members(s, typeComment)
			}
		}
	}
}

// members checks the fields of a struct or the methods of an interface. A
// member counts as commented when it has a comment, or when the comment of its
// type or of another member names it: Items, ItemsDone. The comment of an
// interface with one method covers that method. In internal packages, only
// types need a comment.
func (n *exportedNames) members(s *ast.TypeSpec, commentText string) {
	var members []*ast.Field
	switch t := s.Type.(type) {
	case *ast.StructType:
		members = t.Fields.List
	case *ast.InterfaceType:
		members = slices.DeleteFunc(slices.Clone(t.Methods.List), func(m *ast.Field) bool { return len(m.Names) == 0 }) // embedded
		if len(members) == 1 {
			return
		}
	}
	if l, _, _ := layerOf(n.file.pkg); l == internalLayer || l == baseLayer {
		return
	}
	for _, m := range members {
		commentText += m.Doc.Text() + m.Comment.Text()
	}
	for _, m := range members {
		for _, name := range m.Names {
			if name.IsExported() {
				byName := regexp.MustCompile(`\b` + name.Name + `\b`).MatchString(commentText)
				n.add(s.Name.Name+"."+name.Name, byName || m.Doc.Text()+m.Comment.Text() != "")
			}
		}
	}
}

// typeName returns the name of a receiver's type.
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeName(e.X)
	case *ast.IndexExpr:
		return typeName(e.X)
	case *ast.IndexListExpr:
		return typeName(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
