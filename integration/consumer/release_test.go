package consumer_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/chunkscope/chunkscope/integration/worktree"
)

// rootPath is the path of the root module. Those of the others begin with it.
const rootPath = "github.com/chunkscope/chunkscope"

// release is what the next tags would hold.
type release struct {
	checkout string // absolute path of the repository's root
	version  string // of all modules, as the nested go.mod files require it
	modules  []releasedModule
}

// releasedModule is one module of a release.
type releasedModule struct {
	path  string
	dir   string // from the repository's root, with slashes; "." is the root
	mod   *modfile.File
	files []moduleFile // what its zip holds
}

// readRelease finds the modules of the checkout to release, and their version.
func readRelease(checkout string) (*release, error) {
	tracked, err := worktree.TrackedFiles(checkout)
	if err != nil {
		return nil, err
	}
	r := &release{checkout: checkout}
	required := map[string][]string{} // by version, the files that require it
	for _, name := range tracked {
		elems := strings.Split(name, "/")
		if elems[len(elems)-1] != "go.mod" || slices.Contains(elems, "testdata") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(checkout, name)) //nolint:gosec // G304: git lists the file
		if err != nil {
			return nil, err
		}
		mod, err := modfile.Parse(name, data, nil)
		if err != nil {
			return nil, err
		}
		for _, m := range mod.Require {
			if isOurs(m.Mod.Path) && !slices.Contains(required[m.Mod.Version], name) {
				required[m.Mod.Version] = append(required[m.Mod.Version], name)
				r.version = m.Mod.Version
			}
		}
		if elems[0] != "examples" && elems[0] != "integration" {
			r.modules = append(r.modules, releasedModule{path: mod.Module.Mod.Path, dir: path.Dir(name), mod: mod})
		}
	}
	if len(required) != 1 {
		return nil, fmt.Errorf("the nested go.mod files must require one version of our modules, the one to release; got %v", required)
	}
	for i := range r.modules {
		m := &r.modules[i]
		if err := module.Check(m.path, r.version); err != nil {
			return nil, err
		}
		if m.files, err = filesOf(checkout, m.dir, tracked); err != nil {
			return nil, fmt.Errorf("%s: %w", m.path, err)
		}
	}
	return r, nil
}

// isOurs reports whether a module is one of this repository.
func isOurs(modulePath string) bool {
	return modulePath == rootPath || strings.HasPrefix(modulePath, rootPath+"/")
}

// find returns the released module of this path, or nil.
func (r *release) find(modulePath string) *releasedModule {
	i := slices.IndexFunc(r.modules, func(m releasedModule) bool { return m.path == modulePath })
	if i < 0 {
		return nil
	}
	return &r.modules[i]
}
