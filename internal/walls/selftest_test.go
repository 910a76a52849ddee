package walls

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// A rule that finds nothing may be right, or may be unable to find anything.
// These tests therefore show each rule a tree that breaks it.

func TestImportRulesFindViolations(t *testing.T) {
	const allowed, forbidden = true, false
	cases := []struct {
		name, imports string
		want          bool
	}{
		{"core/a.go", "context", allowed},
		{"core/a.go", module + "/core/remote", allowed},
		{"core/a.go", "golang.org/x/sync/errgroup", forbidden},
		{"core/a.go", module + "/promhook", forbidden},
		{"core/a.go", module + "/internal/queue", forbidden},
		{"core/a.go", module + "/internal/guard", allowed},
		{"internal/guard/a.go", module + "/core", forbidden},
		{"internal/guard/a.go", "golang.org/x/sync/errgroup", forbidden},
		{"core/a.go", module + "/core/hooktest", forbidden},
		{"core/a.go", "go.uber.org/goleak", forbidden},
		{"core/a_test.go", "go.uber.org/goleak", allowed},
		{"core/a_test.go", module + "/core/hooktest", allowed},
		{"core/a_test.go", module + "/internal/paired", allowed},
		{"core/a_test.go", module + "/promhook", forbidden},
		{"core/hooktest/a.go", module + "/core", allowed},
		{"core/hooktest/a.go", "go.uber.org/goleak", forbidden},
		{"promhook/a.go", module + "/core", allowed},
		{"promhook/a.go", module + "/internal/queue", allowed},
		{"promhook/a.go", module + "/promhook/internal/push", allowed},
		{"promhook/a.go", module + "/otelhook", forbidden},
		{"promhook/a.go", module + "/core/hooktest", forbidden},
		{"promhook/a.go", module + "/internal/paired", forbidden},
		{"promhook/a.go", module + "/exporters", forbidden},
		{"promhook/a_test.go", module + "/core/hooktest", allowed},
		{"promhook/a_test.go", module + "/promhook", allowed},
		{"promhook/a_test.go", module + "/otelhook", forbidden},
		{"otelhook/a.go", "go.opentelemetry.io/otel", allowed},
		{"otelhook/a.go", "go.opentelemetry.io/otel/sdk/trace", forbidden},
		{"otelhook/a.go", "go.opentelemetry.io/otel/sdk", forbidden},
		{"otelhook/a_test.go", "go.opentelemetry.io/otel/sdk/trace", allowed},
		{"internal/queue/a.go", "go.opentelemetry.io/otel/sdk/trace", forbidden},
		{"internal/queue/a.go", module + "/promhook", forbidden},
		{"exporters/a.go", module + "/promhook", allowed},
		{"exporters/a.go", "go.opentelemetry.io/otel/sdk/trace", allowed},
		{"exporters/a.go", module + "/termhook", allowed},
		{"exporters/a.go", module + "/core/hooktest", forbidden},
		{"exporters/a.go", module + "/examples/quickstart", forbidden},
		{"termhook/a.go", module + "/loghook", forbidden},
		{"termhook/a.go", module + "/exporters", forbidden},
		{"exporters/a.go", module + "/internal/queue", forbidden},
		{"exporters/a.go", module + "/internal/faultnet", forbidden},
		{"exporters/a_test.go", module + "/internal/queue", forbidden},
		{"exporters/a_test.go", module + "/internal/faultnet", allowed},
		{"exporters/a.go", module + "/promhook/internal/push", forbidden},
		{"exporters/a.go", module + "/exporters/internal/x", allowed},
		{"examples/quickstart/a.go", module + "/exporters", allowed},
		{"examples/quickstart/a.go", module + "/internal/guard", forbidden},
		{"examples/quickstart/a.go", module + "/examples/internal/clitest", allowed},
		{"integration/a.go", module + "/internal/paired", allowed},
		{"integration/a.go", module + "/internal/queue", forbidden},
		{"integration/a.go", module + "/integration/bench/internal/x", allowed},
		{"examples/quickstart/a.go", module + "/promhook", allowed},
		{"integration/a.go", module + "/core/hooktest", allowed},
		{"exporters/otlp/a.go", module + "/exporters", allowed},
		{"exporters/otlp/a.go", module + "/internal/queue", forbidden},
		{"exporters/otlp/a.go", module + "/exporters/internal/x", forbidden},
		{"exporters/otlp/a_test.go", module + "/exporters/otlp", allowed},
		{"exporters/otlp/a.go", "google.golang.org/grpc", allowed},
		{"exporters/a.go", module + "/exporters/otlp", forbidden},
		{"exporters/a_test.go", module + "/exporters/otlp", forbidden},
		{"promhook/a.go", module + "/exporters/otlp", forbidden},
		{"examples/demo/a.go", module + "/exporters/otlp", allowed},
		{"exporters/a.go", "google.golang.org/grpc/codes", forbidden},
		{"exporters/a.go", "go.opentelemetry.io/contrib/exporters/autoexport", forbidden},
		{"exporters/a.go", "go.opentelemetry.io/otel/exporters/otlp/otlptrace", forbidden},
		{"exporters/a.go", "go.opentelemetry.io/otel/sdk/trace", allowed},
		{"exporters/a_test.go", "google.golang.org/grpc", allowed},
		{"misc/a.go", "context", forbidden},
		{"core/a_test.go", module + "/misc", forbidden},
	}
	for _, c := range cases {
		tree := fstest.MapFS{c.name: source("import _ " + quote(c.imports))}
		found := forbiddenImports(scan(t, tree))
		if (len(found) == 0) != c.want {
			t.Errorf("%s imports %s: allowed = %v, want %v: %q", c.name, c.imports, len(found) == 0, c.want, found)
		}
	}
}

func TestConformanceRuleFindsUntestedHooks(t *testing.T) {
	hook := source("type Hook struct{}", `func (Hook) HookName() string { return "a" }`)
	suite := source("func test() { hooktest.Conformance(nil, nil) }")
	tree := fstest.MapFS{
		"ahook/hook.go":             hook,
		"ahook/hook_test.go":        suite,
		"bhook/hook.go":             hook,
		"chook/hook.go":             hook,
		"chook/conformance.go":      suite, // not a test file
		"dhook/hook_test.go":        hook,  // a hook in a test
		"exporters/ehook/custom.go": hook,  // whatever the file's name
		"core/hook.go":              hook,
		"examples/demo/hook.go":     hook,
	}
	got := hooksWithoutConformance(scan(t, tree))
	want := []string{module + "/bhook", module + "/chook", module + "/exporters/ehook"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestExampleRuleFindsPackagesWithoutOne(t *testing.T) {
	api := source("func F() {}")
	tree := fstest.MapFS{
		"ahook/a.go":              api,
		"ahook/example_f_test.go": source("func ExampleF() {", "// Output: a", "}"),
		"bhook/b.go":              api,
		"bhook/b_test.go":         source("func ExampleF() {}", "func TestF() {}"), // it has no output, so it does not run
		"core/x/c.go":             api,
		"core/y/d.go":             source("func f() {}"),
		"internal/p/e.go":         api,
		"examples/demo/f.go":      api,
	}
	want := []string{module + "/bhook", module + "/core/x"}
	if got := packagesWithoutExample(scan(t, tree)); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestCommentRuleFindsUncommentedNames(t *testing.T) {
	code := source(
		"// A has a comment.", "func A() {}", "func B() {}", "func c() {}",
		"// T speaks of its field X.", "type T struct { X, Y int; z int", "// Here is one.", "W int", "V, U int // V, and U", "}",
		"func (T) M() {}", "// N has a comment.", "func (*T) N() {}", "type t struct{ X int }", "func (t) M() {}",
		"// These are constants.", "const ( C = 1", "D = 2 )", "var E int", "var F int // after it",
		"// I has one method.", "type I interface { M() }", "type J interface { M() }", "// K has two.", "type K interface { M1(); M2() // M2 says so", "}",
		"//go:generate nothing", "type L[X any] struct{}", "func (*L[X]) M() {}",
	)
	_, got := uncommented(scan(t, fstest.MapFS{"ahook/a.go": code, "ahook/a_test.go": source("func B() {}"), "core/b.go": source("func B() {}")}))
	want := []string{
		"ahook/a.go: B", "ahook/a.go: T.Y", "ahook/a.go: T.M", "ahook/a.go: E", "ahook/a.go: J", "ahook/a.go: K.M1",
		"ahook/a.go: L", "ahook/a.go: L.M", "core/b.go: B",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	_, got = uncommented(scan(t, fstest.MapFS{"internal/p/a.go": source("// T is internal.", "type T struct{ X int }", "type U int")}))
	if want := []string{"internal/p/a.go: U"}; !slices.Equal(got, want) {
		t.Errorf("found %q of what is internal, want %q", got, want)
	}
}

func source(lines ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte("package p\n\n" + strings.Join(lines, "\n") + "\n")}
}

func quote(s string) string { return `"` + s + `"` }
