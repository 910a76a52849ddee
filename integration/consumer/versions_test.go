package consumer_test

import (
	"debug/buildinfo"
	"path/filepath"
	"slices"
	"strings"
)

// checkVersions checks that the project requires our modules by their
// version. A replace line of theirs, for work inside this repository, must not
// reach it.
func (p *project) checkVersions() {
	p.t.Helper()
	found := p.run("go", "list", "-m", rootPath+"/...") // not all, which would need files that no build does
	for line := range strings.Lines(found) {
		if path, version, _ := strings.Cut(strings.TrimSpace(line), " "); !isOurs(path) || version != released.version {
			p.t.Errorf("go list -m has %q, want one of our modules, version %s and nothing else", line, released.version)
		}
	}
	if !strings.Contains(found, rootPath+" ") {
		p.t.Errorf("go list -m has %q, want the root module, too", found)
	}
}

// checkBinary checks that a program in the project's folder has our modules
// by their version, and returns the paths of all modules in it.
func (p *project) checkBinary(name string) []string {
	p.t.Helper()
	info, err := buildinfo.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	var paths []string
	for _, m := range append(info.Deps, &info.Main) {
		if isOurs(m.Path) && (m.Version != released.version || m.Replace != nil) {
			p.t.Errorf("%s has %s %s, replaced by %v; want version %s and no replacement", name, m.Path, m.Version, m.Replace, released.version)
		}
		paths = append(paths, m.Path)
	}
	slices.Sort(paths)
	return paths
}

// checksums returns the paths of the modules whose contents go.sum has a
// checksum of.
func (p *project) checksums() []string {
	p.t.Helper()
	var paths []string
	for line := range strings.Lines(p.read("go.sum")) {
		if fields := strings.Fields(line); !strings.HasSuffix(fields[1], "/go.mod") {
			paths = append(paths, fields[0])
		}
	}
	slices.Sort(paths)
	return paths
}
