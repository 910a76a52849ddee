package walls

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the path of the root module.
const module = "github.com/chunkscope/chunkscope"

// allowedRequirements lists the modules that the root module may require
// directly. Every user downloads them, so a new one is a decision, made in this
// list. Versions are not part of it: an update is no decision.
var allowedRequirements = []string{
	"github.com/cactus/go-statsd-client/v5", // statsdhook
	"github.com/mattn/go-runewidth",         // termhook
	"github.com/prometheus/client_golang",   // promhook
	"go.opentelemetry.io/otel",              // otelhook
	"go.opentelemetry.io/otel/metric",
	"go.opentelemetry.io/otel/sdk", // tests of otelhook only
	"go.opentelemetry.io/otel/sdk/metric",
	"go.opentelemetry.io/otel/trace",
	"go.uber.org/goleak", // tests only
	"golang.org/x/sys",   // termhook: the Windows console
	"golang.org/x/term",  // termhook
	"golang.org/x/time",  // webhookhook: limit of messages a second
}

func TestCoreDependsOnTheStandardLibraryOnly(t *testing.T) {
	var others []string
	deps := strings.Fields(goTool(t, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./core/..."))
	for _, dep := range deps {
		if !within(dep, module+"/core") && !slices.ContainsFunc(basePackages, func(p string) bool { return dep == module+"/internal/"+p }) {
			others = append(others, dep)
		}
	}
	failOn(t, "core must depend on the standard library only, but builds with", others)
	if !slices.Contains(deps, module+"/core") {
		t.Fatalf("go list returned %q without core: the check is not looking at core", deps)
	}
}

func TestRootRequiresOnlyPinnedModules(t *testing.T) {
	var mod struct {
		Module  struct{ Path string }
		Require []struct {
			Path     string
			Indirect bool
		}
		Replace []struct{ Old struct{ Path string } }
	}
	if err := json.Unmarshal([]byte(goTool(t, "mod", "edit", "-json", "go.mod")), &mod); err != nil {
		t.Fatal(err)
	}
	if mod.Module.Path != module {
		t.Fatalf("the root module is %q, want %q", mod.Module.Path, module)
	}
	var direct []string
	for _, r := range mod.Require {
		if !r.Indirect {
			direct = append(direct, r.Path)
		}
	}
	slices.Sort(direct)
	if !slices.Equal(direct, allowedRequirements) {
		t.Errorf("the root module requires %q, want the list in this file, %q", direct, allowedRequirements)
	}
	if len(mod.Replace) > 0 {
		t.Errorf("the root module replaces %v: users would get other code than the tests", mod.Replace)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	failOn(t, "imports must point one way, examples, integration -> exporters -> *hook -> core, and internal packages stay in their module", forbiddenImports(files))
}

func TestEveryHookRunsTheConformanceSuite(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	failOn(t, "these hook packages have no test that calls hooktest.Conformance", hooksWithoutConformance(files))
}

func TestEveryPackageHasAnExample(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	failOn(t, "these packages have no example whose output is checked", packagesWithoutExample(files))
}

// root returns the root folder of the repository.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(os.DirFS(dir), "go.mod"); err != nil {
		t.Fatal("this test must run in a checkout of the whole repository: ", err)
	}
	return dir
}

// goTool runs the go command in the root module and returns its output.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = root(t)
	// Flags of the caller, such as -v or -mod, must not change the output.
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// failOn fails the test if something was found that breaks a rule.
func failOn(t *testing.T, rule string, found []string) {
	t.Helper()
	if len(found) > 0 {
		t.Errorf("%s:\n\t%s", rule, strings.Join(found, "\n\t"))
	}
}
