package copies

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCopiesBuild copies each example without its tests into an empty module
// and builds it.
func TestCopiesBuild(t *testing.T) {
	module := newModule(t)
	copied := examples(t)
	for _, name := range copied {
		copyFiles(t, filepath.Join("../..", name), filepath.Join(module, name), func(file string) bool { return !strings.HasSuffix(file, "_test.go") })
	}
	// With -export, go list compiles the packages and does not link them, which
	// takes most of the time of go build.
	out, err := goTool(t, module, "list", "-export", "-f", "{{.Name}} {{.ImportPath}}", "./...")
	if err != nil {
		t.Errorf("an example does not build in another module, %v:\n%s", err, out)
	} else if strings.Count(out, "main example.com/copies/") != len(copied) {
		t.Errorf("built\n%s\nwant %q", out, copied)
	}
}

// TestInternalPackagesDoNotBuild checks that the test above would find an
// example that imports an internal package.
func TestInternalPackagesDoNotBuild(t *testing.T) {
	for _, imported := range []string{"internal/guard", "examples/internal/clitest"} {
		module := newModule(t)
		program := fmt.Sprintf("package main\n\nimport _ \"github.com/chunkscope/chunkscope/%s\"\n\nfunc main() {}\n", imported)
		if err := os.WriteFile(filepath.Join(module, "main.go"), []byte(program), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := goTool(t, module, "list", "-export", "./..."); err == nil || !strings.Contains(out, imported) {
			t.Errorf("a program with an import of %s: %v\n%s", imported, err, out)
		}
	}
}

// TestSharedFilesAreEqual checks that files.go is the same in all examples.
// Each has a copy, so that it can be copied as a whole.
func TestSharedFilesAreEqual(t *testing.T) {
	files, err := filepath.Glob("../../*/files.go")
	if err != nil || len(files) < 10 {
		t.Fatalf("found %q, %v", files, err)
	}
	var first string
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // G304: a file of this repository
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(text)
		}
		if string(text) != first {
			t.Errorf("%s differs from %s", file, files[0])
		}
	}
}

// examples returns the directories of the examples in this module.
func examples(t *testing.T) (names []string) {
	t.Helper()
	programs, err := filepath.Glob("../../*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range programs {
		dir := filepath.Dir(program)
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			names = append(names, filepath.Base(dir))
		}
	}
	if len(names) < 13 {
		t.Fatalf("found only the examples %q", names)
	}
	return names
}

// newModule creates an empty module outside the repository. It has the same
// requirements as the examples, with the packages of this checkout.
func newModule(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	copyFiles(t, "../..", dir, func(file string) bool { return file == "go.mod" || file == "go.sum" })
	replaceWithCheckout(t, dir, "../..")
	if out, err := goTool(t, dir, "mod", "edit", "-module=example.com/copies"); err != nil {
		t.Fatal(err, out)
	}
	return dir
}

// replaceWithCheckout makes the replacements in the go.mod of from absolute in
// that of dir.
func replaceWithCheckout(t *testing.T, dir, from string) {
	t.Helper()
	var mod struct {
		Replace []struct{ Old, New struct{ Path string } }
	}
	out, err := goTool(t, from, "mod", "edit", "-json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &mod)
	}
	if err != nil || len(mod.Replace) == 0 {
		t.Fatal("no replacements: ", err, out)
	}
	for _, r := range mod.Replace {
		sibling, err := filepath.Abs(filepath.Join(from, r.New.Path))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := goTool(t, dir, "mod", "edit", "-replace="+r.Old.Path+"="+sibling); err != nil {
			t.Fatal(err, out)
		}
	}
}

// copyFiles copies the wanted files of a directory, without its folders.
func copyFiles(t *testing.T, from, to string, wanted func(name string) bool) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() || !wanted(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, e.Name())) //nolint:gosec // G304: a file of this repository
		if err == nil {
			err = os.WriteFile(filepath.Join(to, e.Name()), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// goTool runs the go command in a directory, without go.work, and returns its
// output.
func goTool(t *testing.T, dir string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly -buildvcs=false")
	out, err := cmd.CombinedOutput()
	return string(out), err
}
