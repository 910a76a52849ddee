package consumer_test

import (
	"errors"
	"go/build"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/zip"
)

// moduleFile is a file of a module.
type moduleFile struct {
	name string // from the module's root, with slashes
	disk string // where it is
}

var _ zip.File = moduleFile{}

func (f moduleFile) Path() string                 { return f.name }
func (f moduleFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.disk) }
func (f moduleFile) Open() (io.ReadCloser, error) { return os.Open(f.disk) }

// filesOf returns the files of the zip of the module in a folder. As the go
// command does for a tag, it gives a nested module the license of the root.
func filesOf(checkout, dir string, tracked []string) ([]moduleFile, error) {
	var candidates []zip.File
	licensed := false
	for _, name := range tracked {
		inside, err := filepath.Rel(dir, name)
		if err != nil || !filepath.IsLocal(inside) {
			continue
		}
		licensed = licensed || inside == "LICENSE"
		candidates = append(candidates, moduleFile{name: filepath.ToSlash(inside), disk: filepath.Join(checkout, name)})
	}
	if !licensed {
		candidates = append(candidates, moduleFile{name: "LICENSE", disk: filepath.Join(checkout, "LICENSE")})
	}
	checked, err := zip.CheckFiles(candidates)
	var files []moduleFile
	for _, candidate := range candidates {
		if f := candidate.(moduleFile); slices.Contains(checked.Valid, f.name) {
			files = append(files, f)
		}
	}
	return files, err
}

// packages returns the import paths of a module's packages: of the libraries
// that other modules may import, and of the commands.
func (m *releasedModule) packages() (libraries, commands []string, err error) {
	folders := map[string]string{} // on disk, by the path from the module's root
	for _, f := range m.files {
		if path.Ext(f.name) == ".go" {
			folders[path.Dir(f.name)] = filepath.Dir(f.disk)
		}
	}
	for dir, disk := range folders {
		if slices.ContainsFunc(strings.Split(dir, "/"), func(elem string) bool { return elem == "testdata" || elem == "internal" }) {
			continue
		}
		pkg, err := build.ImportDir(disk, 0)
		switch importPath := path.Join(m.path, dir); {
		case errors.As(err, new(*build.NoGoError)): // tests alone, or for another platform
		case err != nil:
			return nil, nil, err
		case pkg.IsCommand():
			commands = append(commands, importPath)
		default:
			libraries = append(libraries, importPath)
		}
	}
	slices.Sort(libraries)
	slices.Sort(commands)
	return libraries, commands, nil
}
