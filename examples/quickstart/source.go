package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// goFiles opens a directory and lists all Go files in it. Those in directories
// named testdata are there, too: some are invalid on purpose, and a job has to
// cope with such input. The directory stays open until the program ends.
func goFiles(ctx context.Context, dir string) (fs.FS, []string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; name a directory of Go files with -root", err)
	}
	var names []string
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case entry.Type().IsRegular() && path.Ext(name) == ".go":
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("no Go files in %s; name another directory with -root", dir)
	}
	return root.FS(), names, err
}
