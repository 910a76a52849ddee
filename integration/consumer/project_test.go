package consumer_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// machine has what the go command of another project's machine knows: a proxy
// with the release, a proxy with the modules of others, and an empty module
// cache. Our modules never enter the module cache of this machine, where their
// version would still be found after they have changed.
type machine struct {
	goCache  string   // compiled packages, shared with this machine
	modCache string   // shared by all tests
	proxies  []string // folders
}

// newMachine makes a machine in dir. Modules of others come from the module
// cache of this machine; newMachine first downloads what is missing there.
func newMachine(r *release, dir string) (*machine, error) {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output() //nolint:noctx // TestMain has no context
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	goCache, modCache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	for _, released := range r.modules {
		// It reads every module that another project can need, and writes nothing.
		command := exec.Command("go", "mod", "tidy", "-diff") //nolint:noctx // TestMain has no context
		command.Dir = filepath.Join(r.checkout, filepath.FromSlash(released.dir))
		command.Env = append(os.Environ(), "GOWORK=off")
		if out, err := command.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("go mod tidy -diff in %s: %w\n%s", released.dir, err, out)
		}
	}
	m := &machine{
		goCache:  goCache,
		modCache: filepath.Join(dir, "modcache"),
		proxies:  []string{filepath.Join(dir, "proxy"), filepath.Join(modCache, "cache", "download")},
	}
	return m, r.serve(m.proxies[0])
}

// project is a new project, in an empty folder outside of the repository.
type project struct {
	t   *testing.T
	dir string
	env []string
}

func newProject(t *testing.T, m *machine) *project {
	t.Helper()
	// What this machine, the gate or a developer has set is not set there.
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		return slices.ContainsFunc([]string{"GO", "CHUNKSCOPE_", "OTEL_", "CI="}, func(prefix string) bool { return strings.HasPrefix(entry, prefix) })
	})
	var proxies []string
	for _, proxy := range m.proxies {
		proxies = append(proxies, "file://"+filepath.ToSlash(proxy))
	}
	return &project{t: t, dir: t.TempDir(), env: append(env,
		"GOENV=off",
		"GOWORK=off",
		"GOTOOLCHAIN=local",
		"GOSUMDB=off", // a release that does not exist yet has no checksum there
		"GOPROXY="+strings.Join(proxies, ","),
		"GOCACHE="+m.goCache,
		"GOMODCACHE="+m.modCache,
		"GOPATH="+t.TempDir(),
		// Without -trimpath, a package's folder is part of what it is compiled
		// to, and a new module cache would compile everything again.
		"GOFLAGS=-trimpath -modcacherw",
	)}
}

// write writes a file into the project's folder.
func (p *project) write(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// run runs a command in the project's folder and returns what it prints. The
// command must succeed.
func (p *project) run(args ...string) string {
	p.t.Helper()
	out, err := p.try(args...)
	if err != nil {
		p.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// try is run for a command that may fail.
func (p *project) try(args ...string) (string, error) {
	p.t.Helper()
	command := exec.CommandContext(p.t.Context(), args[0], args[1:]...)
	command.Dir, command.Env = p.dir, p.env
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

// read returns the content of a file in the project's folder.
func (p *project) read(name string) string {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.dir, name)) //nolint:gosec // G304: the folder is the test's
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

// blankImports returns Go source that imports packages for their effect.
func blankImports(paths []string) string {
	var source strings.Builder
	for _, path := range paths {
		fmt.Fprintf(&source, "import _ %q\n", path)
	}
	return source.String()
}
