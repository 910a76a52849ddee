// Package worktree lists the files of this repository that somebody else gets.
package worktree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// TrackedFiles returns the files that git tracks below the root of the checkout
// and that are on disk, with slashes. A copy without its git history has no
// untracked files, so there it returns all.
func TrackedFiles(root string) ([]string, error) {
	if _, err := os.Lstat(filepath.Join(root, ".git")); errors.Is(err, fs.ErrNotExist) {
		var names []string
		err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
			if err == nil && entry.Type().IsRegular() {
				names = append(names, name)
			}
			return err
		})
		return names, err
	}
	command := exec.Command("git", "ls-files", "-z") //nolint:noctx // a TestMain, which has no context, calls it
	command.Dir = root
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	names := strings.Split(string(bytes.TrimSuffix(out, []byte{0})), "\x00")
	return slices.DeleteFunc(names, func(name string) bool {
		_, err := os.Lstat(filepath.Join(root, name))
		return err != nil // deleted, but not yet in the index
	}), nil
}

// Copy copies the tracked files of the checkout into dir, which looks like a
// clone then, but has no git history and no untracked file.
func Copy(root, dir string) error {
	names, err := TrackedFiles(root)
	if err != nil {
		return err
	}
	for _, name := range names {
		from, to := filepath.Join(root, name), filepath.Join(dir, name)
		info, err := os.Stat(from)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(from) //nolint:gosec // G304: git lists the file
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(to, text, info.Mode().Perm()); err != nil { //nolint:gosec // G703: git lists the file
			return err
		}
	}
	return nil
}
