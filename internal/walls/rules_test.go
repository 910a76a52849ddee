package walls

import (
	"fmt"
	"go/ast"
	"go/doc"
	"path"
	"slices"
	"strings"
)

// layer is a package's place in the import direction. A package may import
// packages of lower layers.
type layer int

const (
	baseLayer      layer = iota // internal packages that core imports: standard library only
	coreLayer                   // core and everything below it
	internalLayer               // shared by packages of the root module
	hookLayer                   // promhook and its like, wherever they live
	exportersLayer              // one-call set-up
	programLayer                // examples and integration: whatever they need
)

// testOnly packages are for tests: they must not reach a user's build.
var testOnly = []string{
	"go.uber.org/goleak",
	module + "/core/hooktest",
	module + "/internal/faultnet",
	module + "/internal/paired",
}

// base are the internal packages that core imports.
var base = []string{"closing", "guard", "optcheck"}

// lent are the internal packages that tests of other modules, and the module of
// tests, share.
var lent = []string{module + "/internal/faultnet", module + "/internal/paired"}

// otelSDK is what a program chooses, sets up and pays for. A hook is written
// against OpenTelemetry's API.
const otelSDK = "go.opentelemetry.io/otel/sdk"

// importsAgainstTheGrain returns the imports that break a rule, with the rule.
// It reads test files too: a hook's test is no place to need another hook.
func importsAgainstTheGrain(files []file) []string {
	var wrong []string
	for _, f := range files {
		from, unit, ok := place(f.pkg)
		if !ok {
			wrong = append(wrong, fmt.Sprintf("%s: %s has no layer: give it one in place", f.name, f.pkg))
			continue
		}
		for _, imported := range f.imports {
			if rule := breaks(f, from, unit, imported); rule != "" {
				wrong = append(wrong, fmt.Sprintf("%s: imports %s: %s", f.name, imported, rule))
			}
		}
	}
	return wrong
}

// breaks names the rule that f breaks with an import, or nothing.
func breaks(f file, from layer, unit, imported string) string {
	production := !f.test && from != programLayer && !slices.ContainsFunc(testOnly, func(p string) bool { return within(f.pkg, p) })
	if production && slices.ContainsFunc(testOnly, func(p string) bool { return within(imported, p) }) {
		return "it is for tests only"
	}
	if production && from <= hookLayer && within(imported, otelSDK) {
		return "the SDK is for tests only, a hook uses the API"
	}
	if !within(imported, module) {
		if from <= coreLayer && !f.test && isRemote(imported) {
			return "core imports the standard library only"
		}
		return ""
	}
	if owner, private := privateTo(imported); private && owner != moduleOf(f.pkg) && !borrows(f, imported) {
		return "it is private to another module: a release there would break this one"
	}
	to, toUnit, ok := place(imported)
	switch {
	case !ok:
		return "it has no layer"
	case from == hookLayer && to == hookLayer && unit != toUnit:
		return "hooks never import each other"
	case from <= coreLayer && f.test && to == internalLayer:
		return "" // core's tests and benchmarks share helpers with other packages'
	case to > from:
		return "it is of a higher layer"
	}
	return ""
}

// moduleOf returns the folder of the module that a package belongs to, the
// empty text for the root module.
func moduleOf(pkg string) string {
	top, _, _ := strings.Cut(strings.TrimPrefix(pkg, module+"/"), "/")
	switch top {
	case "exporters", "examples", "integration":
		return top
	}
	return ""
}

// privateTo returns the module that keeps a package to itself.
func privateTo(pkg string) (owner string, private bool) {
	return moduleOf(pkg), slices.Contains(strings.Split(pkg, "/"), "internal")
}

// borrows reports whether a file may import what another module lends to tests.
func borrows(f file, imported string) bool {
	return (f.test || moduleOf(f.pkg) == "integration") && slices.ContainsFunc(lent, func(p string) bool { return within(imported, p) })
}

// place returns a package's layer and the top package that it belongs to. It
// knows no package by default, so that a new folder gets its layer on purpose.
func place(pkg string) (l layer, unit string, ok bool) {
	elems := strings.Split(strings.TrimPrefix(pkg, module+"/"), "/")
	switch elems[0] {
	case "core":
		return coreLayer, "core", true
	case "internal":
		if len(elems) > 1 && slices.Contains(base, elems[1]) {
			return baseLayer, "internal", true
		}
		return internalLayer, "internal", true
	case "examples", "integration":
		return programLayer, elems[0], true
	}
	if i := slices.IndexFunc(elems, func(e string) bool { return strings.HasSuffix(e, "hook") }); i >= 0 {
		return hookLayer, path.Join(elems[:i+1]...), true
	}
	return exportersLayer, elems[0], elems[0] == "exporters"
}

// hooksWithoutConformance returns the folders outside core that declare a hook,
// a type with a method HookName, but have no test that calls
// hooktest.Conformance. Programs may show small hooks of their own.
func hooksWithoutConformance(files []file) []string {
	declared, tested := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		l, _, _ := place(f.pkg)
		if l == coreLayer || l == programLayer {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if !f.test && n.Recv != nil && n.Name.Name == "HookName" {
					declared[f.pkg] = true
				}
			case *ast.CallExpr:
				if f.test && isSelector(n.Fun, "hooktest", "Conformance") {
					tested[f.pkg] = true
				}
			}
			return true
		})
	}
	var missing []string
	for pkg := range declared {
		if !tested[pkg] {
			missing = append(missing, pkg)
		}
	}
	slices.Sort(missing)
	return missing
}

// packagesWithoutExample returns the packages that others may import and that
// have no example whose output is checked.
func packagesWithoutExample(files []file) []string {
	exports, shown := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		l, _, _ := place(f.pkg)
		if l == programLayer || l == internalLayer || l == baseLayer {
			continue
		}
		if f.test {
			shown[f.pkg] = shown[f.pkg] || slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool { return e.Output != "" })
			continue
		}
		found, _ := withoutComment([]file{f})
		exports[f.pkg] = exports[f.pkg] || found > 0
	}
	var missing []string
	for pkg, has := range exports {
		if has && !shown[pkg] {
			missing = append(missing, pkg)
		}
	}
	slices.Sort(missing)
	return missing
}

// isSelector tells whether e is pkg.name.
func isSelector(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// isRemote tells whether a package comes from another module: the first
// element of such a path has a dot, none in the standard library does.
func isRemote(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(first, ".")
}

// within tells whether pkg is parent or a package below it.
func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}
