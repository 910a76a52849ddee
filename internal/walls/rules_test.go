package walls

import (
	"fmt"
	"go/ast"
	"go/doc"
	"path"
	"slices"
	"strings"
)

// layer is the place of a package in the import direction. A package may import
// packages of its own layer and of lower ones, within the rules of brokenRule.
type layer int

const (
	baseLayer      layer = iota // internal packages that core imports; standard library only
	coreLayer                   // core and everything below it
	internalLayer               // internal packages of the root module
	hookLayer                   // exporters of one backend each, such as promhook
	exportersLayer              // package exporters: one-call set-up
	programLayer                // examples and integration; they may import everything public
)

// testOnly lists the packages that only tests may import. They must not reach
// the build of a user.
var testOnly = []string{
	"go.uber.org/goleak",
	module + "/core/hooktest",
	module + "/internal/faultnet",
	module + "/internal/paired",
}

// basePackages lists the internal packages that core imports. They depend on
// the standard library alone.
var basePackages = []string{"chunkctx", "closing", "guard", "metricname", "optcheck", "plaintext"}

// sharedTestHelpers lists the internal packages that tests of other modules may
// import, and integration, which is all tests. Users do not build them, so a
// release cannot break a build.
var sharedTestHelpers = []string{module + "/internal/faultnet", module + "/internal/paired"}

// otelSDK is the OpenTelemetry SDK. A program chooses and configures it; a hook
// uses the API only.
const otelSDK = "go.opentelemetry.io/otel/sdk"

// otlpModule is the module that links OpenTelemetry's exporters. A program imports
// it, and nothing else does.
const otlpModule = module + "/exporters/otlp"

// otelExporters lists what only that module links.
var otelExporters = []string{"go.opentelemetry.io/otel/exporters", "go.opentelemetry.io/contrib/exporters", "go.opentelemetry.io/proto/otlp", "google.golang.org/grpc"}

// forbiddenImports returns the imports that break a rule, each with the rule.
// It reads test files too, because a test of one hook must not need another
// hook.
func forbiddenImports(files []file) []string {
	var found []string
	for _, f := range files {
		from, top, ok := layerOf(f.pkg)
		if !ok {
			found = append(found, fmt.Sprintf("%s: %s has no layer: give it one in layerOf", f.name, f.pkg))
			continue
		}
		for _, imported := range f.imports {
			if rule := brokenRule(f, from, top, imported); rule != "" {
				found = append(found, fmt.Sprintf("%s: imports %s: %s", f.name, imported, rule))
			}
		}
	}
	return found
}

// brokenRule returns the rule that an import in f breaks, or the empty string.
func brokenRule(f file, from layer, top, imported string) string {
	production := !f.test && from != programLayer && !slices.ContainsFunc(testOnly, func(p string) bool { return within(f.pkg, p) })
	if production && slices.ContainsFunc(testOnly, func(p string) bool { return within(imported, p) }) {
		return "it is for tests only"
	}
	if production && from <= hookLayer && within(imported, otelSDK) {
		return "the SDK is for tests only, a hook uses the API"
	}
	linksExporters := within(f.pkg, otlpModule)
	if production && !linksExporters && slices.ContainsFunc(otelExporters, func(p string) bool { return within(imported, p) }) {
		return "only exporters/otlp links OpenTelemetry's exporters"
	}
	if from != programLayer && !linksExporters && within(imported, otlpModule) {
		return "a program imports it, and links OpenTelemetry's exporters by that"
	}
	if !within(imported, module) {
		if from <= coreLayer && !f.test && isThirdParty(imported) {
			return "core and the packages below it import the standard library only"
		}
		return ""
	}
	if owner, private := internalTo(imported); private && owner != moduleOf(f.pkg) && !mayUseTestHelper(f, imported) {
		return "it is internal to another module, whose next release may change it"
	}
	to, toTop, ok := layerOf(imported)
	switch {
	case !ok:
		return "it has no layer: give it one in layerOf"
	case from == hookLayer && to == hookLayer && top != toTop:
		return "hooks never import each other"
	case from <= coreLayer && f.test && to == internalLayer:
		return "" // tests of core share helpers with tests of other packages
	case to > from:
		return "it is in a higher layer"
	}
	return ""
}

// moduleOf returns the folder of the module that a package belongs to. It is
// empty for the root module.
func moduleOf(pkg string) string {
	if within(pkg, otlpModule) {
		return "exporters/otlp"
	}
	top, _, _ := strings.Cut(strings.TrimPrefix(pkg, module+"/"), "/")
	switch top {
	case "exporters", "examples", "integration":
		return top
	}
	return ""
}

// internalTo reports whether a package is internal, and to which module.
func internalTo(pkg string) (owner string, private bool) {
	return moduleOf(pkg), slices.Contains(strings.Split(pkg, "/"), "internal")
}

// mayUseTestHelper reports whether f may import a helper that tests of several
// modules share.
func mayUseTestHelper(f file, imported string) bool {
	return (f.test || moduleOf(f.pkg) == "integration") && slices.ContainsFunc(sharedTestHelpers, func(p string) bool { return within(imported, p) })
}

// layerOf returns the layer of a package and the top package above it. A new
// folder has no layer: add it here.
func layerOf(pkg string) (l layer, top string, ok bool) {
	elems := strings.Split(strings.TrimPrefix(pkg, module+"/"), "/")
	switch elems[0] {
	case "core":
		return coreLayer, "core", true
	case "internal":
		if len(elems) > 1 && slices.Contains(basePackages, elems[1]) {
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

// hooksWithoutConformance returns the packages that declare a hook, a type with
// the method HookName, and have no test that calls hooktest.Conformance. core
// and programs are exempt: programs may declare small hooks.
func hooksWithoutConformance(files []file) []string {
	declared, tested := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		l, _, _ := layerOf(f.pkg)
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

// packagesWithoutExample returns the public packages without an example whose
// output go test checks.
func packagesWithoutExample(files []file) []string {
	exports, hasExample := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		l, _, _ := layerOf(f.pkg)
		if l == programLayer || l == internalLayer || l == baseLayer {
			continue
		}
		if f.test {
			hasExample[f.pkg] = hasExample[f.pkg] || slices.ContainsFunc(doc.Examples(f.syntax), func(e *doc.Example) bool { return e.Output != "" })
			continue
		}
		found, _ := uncommented([]file{f})
		exports[f.pkg] = exports[f.pkg] || found > 0
	}
	var missing []string
	for pkg, has := range exports {
		if has && !hasExample[pkg] {
			missing = append(missing, pkg)
		}
	}
	slices.Sort(missing)
	return missing
}

// isSelector reports whether e is pkg.name.
func isSelector(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != name {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// isThirdParty reports whether a package comes from another module. The first
// element of such a path has a dot; that of the standard library has none.
func isThirdParty(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return strings.Contains(first, ".")
}

// within reports whether pkg is parent or a package below it.
func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, parent+"/")
}
