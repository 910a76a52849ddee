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

// module is the root module's path.
const module = "github.com/chunkscope/chunkscope"

// requirements are the modules that the root module requires directly. Every
// user of Chunkscope downloads them, so that adding one is a decision, taken
// here. Versions are not pinned: updates change them without a decision.
var requirements = []string{
	"github.com/cactus/go-statsd-client/v5", // statsdhook
	"github.com/mattn/go-runewidth",         // termhook
	"github.com/prometheus/client_golang",   // promhook
	"go.opentelemetry.io/otel",              // otelhook
	"go.opentelemetry.io/otel/metric",
	"go.opentelemetry.io/otel/sdk", // otelhook's tests only
	"go.opentelemetry.io/otel/sdk/metric",
	"go.opentelemetry.io/otel/trace",
	"go.uber.org/goleak", // tests only
	"golang.org/x/sys",   // termhook: Windows' console
	"golang.org/x/term",  // termhook
	"golang.org/x/time",  // webhookhook's limit of messages a second
}

func TestCoreDependsOnTheStandardLibraryOnly(t *testing.T) {
	var wrong []string
	deps := strings.Fields(goTool(t, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./core/..."))
	for _, dep := range deps {
		if !within(dep, module+"/core") && !slices.ContainsFunc(base, func(p string) bool { return dep == module+"/internal/"+p }) {
			wrong = append(wrong, dep)
		}
	}
	report(t, "core must depend on the standard library only, but builds with", wrong)
	if !slices.Contains(deps, module+"/core") {
		t.Fatalf("go list found %q, not core itself: the check looked at nothing", deps)
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
	if !slices.Equal(direct, requirements) {
		t.Errorf("the root module requires %q, the pinned list is %q", direct, requirements)
	}
	if len(mod.Replace) > 0 {
		t.Errorf("the root module replaces %v: users would not get what is tested here", mod.Replace)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	report(t, "imports must point one way, examples, integration -> exporters -> *hook -> core", importsAgainstTheGrain(files))
}

func TestEveryHookRunsTheConformanceSuite(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	report(t, "these hook packages have no test that calls hooktest.Conformance", hooksWithoutConformance(files))
}

func TestEveryPackageHasAnExample(t *testing.T) {
	files := scan(t, os.DirFS(root(t)))
	report(t, "these packages have no example whose output is checked", packagesWithoutExample(files))
}

// root returns the repository's root folder, seen from this package's folder.
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
	// A caller's flags, such as -v or -mod, must not change what is read here.
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// report fails the test when there is anything in wrong.
func report(t *testing.T, rule string, wrong []string) {
	t.Helper()
	if len(wrong) > 0 {
		t.Errorf("%s:\n\t%s", rule, strings.Join(wrong, "\n\t"))
	}
}
