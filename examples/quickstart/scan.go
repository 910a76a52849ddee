package main

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"

	"github.com/chunkscope/chunkscope/core"
)

// A file is an item of the job.
type file struct {
	number int // from 1
	name   string
}

// scan is the job: it reads files and writes a summary. If fail is not 0, every
// fail-th file fails.
func scan(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, fail int, stdout io.Writer) error {
	items := make([]file, len(files))
	for i, name := range files {
		items[i] = file{i + 1, name}
	}

	stats, runErr := core.Map(ctx, exec, items, func(_ context.Context, f file) (*fileStats, error) {
		if fail > 0 && f.number%fail == 0 {
			return nil, fmt.Errorf("made to fail by -fail %d", fail)
		}
		return read(fsys, f.name)
	})

	return errors.Join(runErr, write(stdout, files, stats))
}

// A fileStats describes the contents of one file, or of all.
type fileStats struct {
	bytes, lines, declarations int
	unformatted                int // files that gofmt would change
	compressed                 int // bytes after compression
	hash                       [sha256.Size]byte
}

// read is the work on one file. It fails if the file does not parse. Its error has
// the line and column; the run adds the file's name.
func read(fsys fs.FS, name string) (*fileStats, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	positions := token.NewFileSet()
	syntax, err := parser.ParseFile(positions, "", text, parser.ParseComments|parser.SkipObjectResolution)
	if all, ok := errors.AsType[scanner.ErrorList](err); ok {
		return nil, all[0] // the others mostly follow from it
	}
	if err != nil {
		return nil, err
	}
	stats := &fileStats{bytes: len(text), lines: bytes.Count(text, []byte("\n")), declarations: declarations(syntax), hash: sha256.Sum256(text)}
	var formatted bytes.Buffer
	if err := format.Node(&formatted, positions, syntax); err != nil {
		return nil, err
	}
	if !bytes.Equal(formatted.Bytes(), text) {
		stats.unformatted = 1
	}
	stats.compressed, err = compressed(text)
	return stats, err
}

// compressed returns how many bytes a text has after compression.
func compressed(text []byte) (int, error) {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(text); err != nil {
		return 0, err
	}
	err = w.Close()
	return out.Len(), err
}

// declarations counts the functions and methods of a file, and its types,
// constants and variables outside of them. Each member of a group counts.
func declarations(f *ast.File) int {
	count := 0
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			count++
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				count += len(d.Specs)
			}
		}
	}
	return count
}

// write writes the sum of all stats, which are nil for files that failed or
// were not read. It does not depend on the number of workers.
func write(w io.Writer, files []string, stats []*fileStats) error {
	var total fileStats
	count, hash := 0, sha256.New()
	for i, t := range stats {
		if t == nil {
			continue
		}
		count++
		total.bytes += t.bytes
		total.lines += t.lines
		total.declarations += t.declarations
		total.unformatted += t.unformatted
		total.compressed += t.compressed
		fmt.Fprintf(hash, "%x  %s\n", t.hash, files[i]) // in the format of sha256sum
	}
	_, err := fmt.Fprintf(w, "%d files with %d declarations in %d lines; gofmt would change %d\n%d bytes, compressed %d\nsha256 %x\n",
		count, total.declarations, total.lines, total.unformatted, total.bytes, total.compressed, hash.Sum(nil))
	return err
}
