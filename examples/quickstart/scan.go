package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"path"

	"github.com/chunkscope/chunkscope/core"
)

// scan is the job: it reads every Go file under root, shows its progress on
// stderr and writes a summary to stdout. Other hooks may watch it, too.
func scan(ctx context.Context, root fs.FS, s settings, stdout, stderr io.Writer, hooks ...core.Hook) error {
	files, err := goFiles(ctx, root)
	if err != nil {
		return fmt.Errorf("quickstart: cannot list the files: %w", err)
	}

	executor := core.NewExecutor(s.options()...)
	var sum summary
	executor.Register(showProgress(stderr), sum.hook())
	executor.Register(hooks...)

	tallies, runErr := core.Map(ctx, executor, files, func(_ context.Context, f file) (*tally, error) {
		if s.fail > 0 && f.number%s.fail == 0 {
			return nil, fmt.Errorf("%s: made to fail by -fail %d", f.name, s.fail)
		}
		return read(root, f.name)
	})

	if err := sum.write(stdout, files, tallies, runErr); err != nil {
		return fmt.Errorf("quickstart: cannot write the summary: %w", err)
	}
	return runErr
}

// A file is one item of the job.
type file struct {
	number int    // from 1
	name   string // relative to the root, with slashes
}

// goFiles lists the Go files under root. Like the go command it leaves out
// directories that are called testdata or begin with "." or "_".
func goFiles(ctx context.Context, root fs.FS) ([]file, error) {
	var files []file
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case entry.IsDir() && ignored(name):
			return fs.SkipDir
		case entry.Type().IsRegular() && path.Ext(name) == ".go":
			files = append(files, file{len(files) + 1, name})
		}
		return nil
	})
	return files, err
}

func ignored(dir string) bool {
	base := path.Base(dir)
	return base == "testdata" || base[0] == '_' || base[0] == '.' && base != "."
}

// A tally is what one file adds to the summary.
type tally struct {
	bytes, lines, declarations int
	hash                       [sha256.Size]byte
}

// read is the work on one file.
func read(root fs.FS, name string) (*tally, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return nil, err
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &tally{
		bytes:        len(text),
		lines:        bytes.Count(text, []byte("\n")),
		declarations: declarations(syntax),
		hash:         sha256.Sum256(text),
	}, nil
}

// declarations counts the functions and methods of a file, and its types,
// constants and variables outside of them, those in a group one by one.
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
