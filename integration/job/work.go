package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
)

// list returns the Go files below root. Files in folders named testdata are
// included only if broken is set.
func list(root fs.FS, broken bool) ([]string, error) {
	var names []string
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata" && !broken:
			return fs.SkipDir
		case entry.Type().IsRegular() && path.Ext(name) == ".go":
			names = append(names, name)
		}
		return nil
	})
	if err == nil && len(names) == 0 {
		err = errors.New("no Go files")
	}
	if err != nil {
		return nil, fmt.Errorf("job: cannot list the input: %w", err)
	}
	return names, nil
}

// compress is the work on one file. The file must parse, and is compressed with
// the best level of gzip. It returns the compressed size.
func compress(root fs.FS, name string) (int, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return 0, err
	}
	if _, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err != nil {
		return 0, err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(text); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return out.Len(), nil
}
