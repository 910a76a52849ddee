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

// TestExportedNamesHaveComments demands that whoever looks a name up finds a
// sentence about it: types, functions, methods, constants, variables, fields and
// the methods of interfaces, of the root module and of exporters.
func TestExportedNamesHaveComments(t *testing.T) {
	files := slices.DeleteFunc(scan(t, os.DirFS(root(t))), func(f file) bool {
		l, _, _ := place(f.pkg)
		return l == programLayer
	})
	found, silent := withoutComment(files)
	report(t, "these exported names have no comment", silent)
	if found < 500 {
		t.Errorf("%d exported names: the check does not find them", found)
	}
}

// withoutComment returns the exported names that no comment speaks of, and how
// many there are in all.
func withoutComment(files []file) (found int, silent []string) {
	for _, f := range files {
		if f.test {
			continue
		}
		names := names{file: f}
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names.function(d)
			case *ast.GenDecl:
				names.group(d)
			}
		}
		found += names.found
		silent = append(silent, names.silent...)
	}
	return found, silent
}

// names are the exported names of a file.
type names struct {
	file   file
	found  int
	silent []string
}

func (n *names) add(name string, commented bool) {
	n.found++
	if !commented {
		n.silent = append(n.silent, fmt.Sprintf("%s: %s", n.file.name, name))
	}
}

func (n *names) function(d *ast.FuncDecl) {
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

func (n *names) group(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.ValueSpec: // one comment may speak of a group
			for _, name := range s.Names {
				if name.IsExported() {
					n.add(name.Name, d.Doc.Text()+s.Doc.Text()+s.Comment.Text() != "")
				}
			}
		case *ast.TypeSpec:
			if s.Name.IsExported() {
				about := cmp.Or(s.Doc, d.Doc).Text()
				n.add(s.Name.Name, about != "")
				n.members(s, about)
			}
		}
	}
}

// members looks at the fields of a struct or the methods of an interface. The
// comment of a type may speak of them by name, and so may that of a neighbour:
// Items, ItemsDone. The comment of an interface of one method speaks of it
// anyway. Of what is internal, the names of types are enough.
func (n *names) members(s *ast.TypeSpec, said string) {
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
	if l, _, _ := place(n.file.pkg); l == internalLayer || l == baseLayer {
		return
	}
	for _, m := range members {
		said += m.Doc.Text() + m.Comment.Text()
	}
	for _, m := range members {
		for _, name := range m.Names {
			if name.IsExported() {
				byName := regexp.MustCompile(`\b` + name.Name + `\b`).MatchString(said)
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
