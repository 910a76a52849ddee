package consumer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
	"golang.org/x/mod/zip"
)

// serve writes the release into dir, which the go command reads as a module
// proxy when GOPROXY has its file URL.
func (r *release) serve(dir string) error {
	for _, m := range r.modules {
		if err := r.serveModule(dir, m); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) serveModule(dir string, m releasedModule) error {
	escaped, err := module.EscapePath(m.path)
	if err != nil {
		return err
	}
	dir = filepath.Join(dir, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": semver.Canonical(r.version), "Time": time.Now().UTC()})
	if err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(r.checkout, filepath.FromSlash(m.dir), "go.mod"))
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{"list": []byte(r.version + "\n"), r.version + ".info": info, r.version + ".mod": mod} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	out, err := os.Create(filepath.Join(dir, r.version+".zip")) //nolint:gosec // G304: the folder is the test's
	if err != nil {
		return err
	}
	files := make([]zip.File, len(m.files))
	for i, f := range m.files {
		files[i] = f
	}
	if err := zip.Create(out, module.Version{Path: m.path, Version: r.version}, files); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
