package consumer_test

import (
	"errors"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"testing"
)

// probe is a command for a root module that has none.
const probe = `package main

import (
	"flag"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	flag.String("name", core.NewExecutor(core.WithName("probe")).Name(), "name of the executor")
	flag.Parse()
}
`

// TestGoInstallOfACommand installs the latest version of every command, and
// starts each. Until the root module has one, the test adds one to the root
// module that it serves.
func TestGoInstallOfACommand(t *testing.T) {
	at := otherMachine
	var commands []string
	for _, m := range released.modules {
		_, found, err := m.packages()
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 && len(m.mod.Replace)+len(m.mod.Exclude) > 0 {
			t.Errorf("%s has the commands %v, but go install refuses modules with replace or exclude lines", m.path, found)
			continue
		}
		commands = append(commands, found...)
	}
	if len(commands) == 0 {
		at = withProbe(t)
		commands = []string{rootPath + "/cmd/probe"}
	}
	for _, command := range commands {
		p := newProject(t, at)
		p.env = append(p.env, "GOBIN="+p.dir)
		p.run("go", "install", command+"@latest")
		name := path.Base(command)
		out, err := p.try("./"+name, "-h")
		if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 2) || out == "" {
			t.Errorf("%s -h: %v\n%s", name, err, out)
		}
		if modules := p.checkBinary(name); !slices.Contains(modules, rootPath) {
			t.Errorf("%s contains %v, want %s", name, modules, rootPath)
		}
	}
}

// withProbe returns a machine whose proxy has the root module with the probe.
func withProbe(t *testing.T) *machine {
	t.Helper()
	disk := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(disk, []byte(probe), 0o600); err != nil {
		t.Fatal(err)
	}
	m := *released.find(rootPath)
	m.files = append(slices.Clone(m.files), moduleFile{name: "cmd/probe/main.go", disk: disk})
	proxy := t.TempDir()
	if err := released.serveModule(proxy, m); err != nil {
		t.Fatal(err)
	}
	return &machine{goCache: otherMachine.goCache, modCache: t.TempDir(), proxies: append([]string{proxy}, otherMachine.proxies...)}
}
