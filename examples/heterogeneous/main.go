// Heterogeneous reports how uneven work is. It counts the exported functions of
// each package of Go: some packages have one short file, others hundreds.
//
//	go run ./examples/heterogeneous
//	go run ./examples/heterogeneous -chunk 1
//	go run ./examples/heterogeneous -root .
//
// It prints a line for each chunk with its speed, and whether that is fast,
// medium or slow compared with the chunks before it. Finally it prints the
// coefficient of variation of the durations of chunks: their standard deviation
// divided by their mean. Above 0.3 the work is uneven, and with large chunks
// workers wait for the one with the slowest chunk. See speeds.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/signal"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/chunkscope/chunkscope/core"
)

func main() {
	root := flag.String("root", filepath.Join(build.Default.GOROOT, "src"), "read the Go files in `dir`")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "read `n` chunks at once")
	size := flag.Int("chunk", 32, "read `n` packages in a chunk")
	flag.Parse()
	if *workers < 1 || *size < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "usage: heterogeneous [-root dir] [-workers n] [-chunk n], with n at least 1")
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, *root, *workers, *size, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		switch {
		case core.IsPartial(err): // all was done, and the failures are tolerated
		case ctx.Err() != nil:
			os.Exit(130) // interrupted
		default:
			os.Exit(1)
		}
	}
}

func run(ctx context.Context, root string, workers, size int, stdout io.Writer) error {
	fsys, files, err := goFiles(ctx, root)
	if err != nil {
		return err
	}
	exec := core.NewExecutor(core.WithName("heterogeneous"), core.WithWorkers(workers), core.WithChunkSize(size), core.WithContinueOnError())
	return survey(ctx, exec, fsys, files, stdout)
}

// survey is the job.
func survey(ctx context.Context, exec *core.Executor, fsys fs.FS, files []string, stdout io.Writer) error {
	exec.Register(printSpeeds(stdout))

	var total atomic.Int64
	runErr := core.ForEach(ctx, exec, packages(files), func(ctx context.Context, files []string) error {
		for _, name := range files {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			n, err := exported(fsys, name)
			if err != nil {
				return err
			}
			total.Add(n)
		}
		return nil
	})

	_, err := fmt.Fprintf(stdout, "%d exported functions and methods\n", total.Load())
	return errors.Join(runErr, err)
}

// packages groups files by their directories.
func packages(files []string) (groups [][]string) {
	byDir := map[string][]string{}
	for _, name := range files {
		byDir[path.Dir(name)] = append(byDir[path.Dir(name)], name)
	}
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		groups = append(groups, byDir[dir])
	}
	return groups
}

// exported counts the exported functions and methods that a file declares.
func exported(fsys fs.FS, name string) (n int64, err error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return 0, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return 0, err
	}
	for _, declaration := range file.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Name.IsExported() {
			n++
		}
	}
	return n, nil
}
